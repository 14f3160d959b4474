// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <memory>

std::unique_ptr<QObject> makeMethodsTest();
std::unique_ptr<QObject> makeRpcTest();
std::unique_ptr<QObject> makeRpcHostileTest();
std::unique_ptr<QObject> makeStreamKeyTest();
