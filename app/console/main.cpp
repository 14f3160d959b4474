// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/corefile.h"
#include "core/base/logging.h"
#include "ui/models/stationlink.h"
#include "ui/models/stationpresenter.h"
#include "ui/panels/mainwindow.h"
#include "ui/widgets/levelwidget.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QLocale>
#include <QTranslator>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace {

constexpr int kWrongUse = 2;

struct Options {
    QString stateFolder;
    QString channel;
};

// Answered before QApplication: that aborts where there is no display, and it takes options of its
// own (-style, -geometry) out of the list.
int parse(int argc, char **argv, Options &options, bool &isDone)
{
    QStringList arguments;
    for (int i = 0; i < argc; ++i)
        arguments << QString::fromLocal8Bit(argv[i]);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"The desktop console of Continuo: shows and commands the channels of a station.\n"
        "It starts the station when none runs. Closing it leaves every channel on air."_s);
    const QCommandLineOption help({u"h"_s, u"help"_s}, u"Show this help."_s);
    const QCommandLineOption version({u"v"_s, u"version"_s}, u"Show the version."_s);
    const QCommandLineOption state(u"state"_s, u"Keep everything of the station under DIR."_s,
                                   u"DIR"_s);
    const QCommandLineOption channel(u"channel"_s, u"Show the channel NAME first."_s, u"NAME"_s);
    parser.addOptions({help, version, state, channel});
    isDone = true;
    const bool isParsed = parser.parse(arguments);
    if (parser.isSet(help)) {
        std::fputs(qPrintable(parser.helpText()), stdout);
        return 0;
    }
    if (parser.isSet(version)) {
        std::puts("continuo " CONTINUO_VERSION);
        return 0;
    }
    if (!isParsed || !parser.positionalArguments().isEmpty()) {
        const QString reason = isParsed
            ? u"Unexpected argument '%1'."_s.arg(parser.positionalArguments().constFirst())
            : parser.errorText();
        std::fprintf(stderr, "continuo: %s Try 'continuo --help'.\n", qPrintable(reason));
        return kWrongUse;
    }
    isDone = false;
    options = {parser.value(state), parser.value(channel)};
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    continuo::forbidCoreFiles();
    Options options;
    bool isDone = false;
    const int status = parse(argc, argv, options, isDone);
    if (isDone)
        return status;

    // The default back-end (GStreamer) crashes where its plug-ins are not installed.
    qputenv("QT_MEDIA_BACKEND", "ffmpeg");
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"continuo"_s);
    QApplication::setApplicationVersion(QStringLiteral(CONTINUO_VERSION));
    QApplication::setDesktopFileName(u"continuo"_s);
    QApplication::setWindowIcon(QIcon(u":/icons/continuo.svg"_s));
    QApplication::setQuitOnLastWindowClosed(false); // the farewell ends the program
    continuo::installLevelAccessibility();
    QTranslator words;
    if (words.load(QLocale(), u"continuo"_s, u"_"_s, u":/i18n"_s)
        || words.load(u":/i18n/continuo_en.qm"_s)) // else "%n item(s)" would stand there
        QApplication::installTranslator(&words);

    continuo::StationLink link(options.stateFolder);
    if (const auto created = link.paths().create(); !created) {
        std::fprintf(stderr, "continuo: %s\n", qPrintable(created.error().detail));
        return 1;
    }
    continuo::startLogging(link.paths().logs + u"/console.log"_s);
    const continuo::Theme theme(continuo::Palette::dark(), QApplication::font());
    theme.apply(application);
    continuo::StationPresenter station(link);
    if (!options.channel.isEmpty())
        station.select(options.channel);
    continuo::MainWindow window(theme, station);
    QObject::connect(&window, &continuo::MainWindow::farewellSaid, &application,
                     &QCoreApplication::quit, Qt::QueuedConnection);
    window.loadSettings();
    window.show();
    link.open();
    return QApplication::exec();
}
