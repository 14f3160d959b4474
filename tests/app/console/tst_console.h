// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/station/teststation.h"

#include <QByteArray>
#include <QImage>
#include <QJsonObject>
#include <QObject>
#include <QProcess>
#include <QStringList>

#include <memory>

class Desktop;

/// The console as an operator has it: a real window on a channel that is on air. The functions
/// build on one another: the list of one is the list of the next.
class ConsoleTest final : public QObject {
    Q_OBJECT
public:
    ConsoleTest(Desktop &desktop, const QString &missing);
    ~ConsoleTest() override;

private Q_SLOTS:
    void initTestCase();
    void window_showsTheChannelOnAir();
    void preview_showsTheFrameOnAir();
    void files_landWhereTheyWereDropped();
    void folder_landsWhereItWasDropped();
    void rows_moveByDragging();
    void rows_moveAndGoTogether_whenSeveralAreSelected();
    void keys_moveRemoveAndUndo();
    void keys_makeNextTakeAndSkip();
    void closing_leavesTheChannelOnAir();
    void killing_leavesTheChannelOnAir();
    void air_lostNoFrame();
    void cleanupTestCase();

private:
    void openConsole();
    QString closeConsole(); ///< titles that its windows had from then on
    QStringList ids(); ///< of the list, in order
    QStringList titles();
    int onAirNumber(); ///< row that is on air
    QPoint pointOf(int row, int yPercent);
    void dragFromOutside(const QStringList &files, const QPoint &to);
    void keepPicture(const QString &name);
    bool isAtRest(); ///< the window shows the list as the engine has it, and did a moment ago
    bool seesOnAirRow();
    bool previewShows(int clip);

    Desktop &m_desktop;
    QString m_missing;
    QStringList m_clips; ///< clip 1 to n
    QString m_output;
    std::unique_ptr<continuo::TestStation> m_station;
    QByteArray m_said; ///< by the console, on its standard error
    QProcess m_console;
    QImage m_list; ///< as it was on the screen when it was last looked at
    int m_listTop = -1; ///< of the first row; the list is short enough never to scroll
    qint64 m_firstFrame = 0;
};
