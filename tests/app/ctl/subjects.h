// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStringList>

#include <memory>

std::unique_ptr<QObject> makeCommandsTest();
std::unique_ptr<QObject> makeDoctorTest();
std::unique_ptr<QObject> makeRecordsTextTest();
std::unique_ptr<QObject> makeScriptTest();
std::unique_ptr<QObject> makeStationTest();

/// A continuoctl of the build folder, started with \p arguments.
inline std::unique_ptr<QProcess> startCtl(const QStringList &arguments, const QString &folder = {},
                                          const QProcessEnvironment &environment
                                          = QProcessEnvironment::systemEnvironment())
{
    auto process = std::make_unique<QProcess>();
    process->setProgram(qEnvironmentVariable("CONTINUO_BIN") + QStringLiteral("/continuoctl"));
    process->setArguments(arguments);
    process->setWorkingDirectory(folder);
    process->setProcessEnvironment(environment);
    process->start();
    return process;
}
