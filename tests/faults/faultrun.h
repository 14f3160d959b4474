// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/farend.h"
#include "tests/support/onair/onair.h"
#include "tests/support/station/nginxrtmp.h"

#include <QJsonArray>
#include <QRandomGenerator>

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace continuo {

/// Frames on air that the publisher has not released when a fault comes: what it may cost.
constexpr qint64 kInFlight = 90;

class FaultRun;

/// What the table of promises allows in the window of one fault.
struct Allowed {
    qint64 lost = 0;
    qint64 held = 0; ///< frames shown again, each counted by the engine
    qint64 damaged = 0;
    bool newConnection = false; ///< RTMP may be published anew
    bool newTimeline = false; ///< all died: what is aired afterwards is a new beginning
    bool dropsCounted = false; ///< frames may be lost, as many as the engine counted as dropped
    bool late = false; ///< the clock itself was stopped, or had no processor to run on
    std::chrono::milliseconds back{0}; ///< to be on air again; 0: not asked
    std::chrono::milliseconds reconnect{0}; ///< to be published again; 0: not asked
};

/// A row of the table.
struct FaultRow {
    QString name;
    QString text;
    Allowed allowed;
    /// Does it; what the row asks beyond the table's columns is asked here (throws when broken).
    std::function<void(FaultRun &)> inject;
    std::function<QString()>
        unavailable; ///< the reason why this machine cannot run it; may be unset
    /// What the station must be like before it starts: adds to what other rows ask.
    std::function<void(StationSetup &)> setUp;
    QStringList alarms; ///< codes, each of which the fault has to raise
    std::function<void(FaultRun &)> prepare = {}; ///< before its channel begins; may be unset
};

/// What became of a row in one run.
struct FaultResult {
    const FaultRow *row = nullptr;
    Allowed allowed; ///< the row's, unless the moment of the fault allows more
    QStringList alarms; ///< likewise, unless the fault turned out to raise others
    qint64 frame = 0; ///< on air when the fault came
    qint64 end = 0; ///< the window's end
    FarEndWindow hls;
    FarEndWindow record;
    FarEndWindow rtmp;
    bool hasRtmp = false;
    qint64 held = 0; ///< as the engine counted them
    qint64 dropped = 0; ///< likewise
    qint64 late = 0; ///< likewise, less those for which the machine itself stood still
    qint64 backMs = -1;
    qint64 reconnectMs = -1;
    int publications = 0;
    QStringList notes;
    QStringList reasons; ///< why it did not pass; empty: it did

    bool passed() const { return reasons.isEmpty(); }
};

/// A real station, looping clips whose every frame is numbered into HLS, a recording and RTMP; the
/// faults come one after the other at random moments, and the far ends are judged at the end.
class FaultRun final {
public:
    struct Options {
        quint32 seed = 1;
        int width = 640;
        int height = 360;
        QString name; ///< of the output folder
        bool isLong = false; ///< the times that the table says, where ./check is content with less
    };

    FaultRun(Options options, const StationSetup &setup);
    ~FaultRun();

    /// Runs the rows; a row that throws ends the run, and what was aired is judged all the same.
    std::vector<FaultResult> play(const std::vector<const FaultRow *> &rows);

    // For rows.
    TestStation &station() { return *m_station; }
    QRandomGenerator &random() { return m_random; }
    listmodel::ListModel &model() { return *m_model; }
    const QString &folder() const { return m_folder; }
    NginxRtmp &nginx() { return *m_nginx; }
    bool hasNginx() const { return m_nginx != nullptr; }
    bool isLong() const { return m_options.isLong; }
    const QString &channel() const { return m_channel; }
    /// Called at the end with what the whole air must have shown.
    void judgeLater(std::function<void(const framecode::Expectation &, FaultResult &)> judge);
    /// The list's order by the station.
    QStringList listIds();
    /// Moves the last item of the list to row \p to and tells the model. False: it was refused, and
    /// \p refusal says why.
    bool moveLast(int to, QString *refusal = nullptr);
    /// The running row's result, for notes.
    FaultResult &result() { return *m_result; }
    /// The fault comes now: kill() says so by itself.
    void mark();
    /// The last status that came; asks for a new one without failing when the engine is away.
    std::optional<QJsonObject> status();
    const QJsonObject &lastStatus() const { return m_status; }
    /// The station's process with that role; throws when there is none.
    pid_t pid(const QString &role) const;
    /// The newest process of that role; marks the fault's moment when it was not yet.
    void kill(const QString &role, int signal = SIGKILL);
    /// Polls until \p condition holds; throws \p what after \p timeout.
    void waitFor(const std::function<bool()> &condition, std::chrono::milliseconds timeout,
                 const QString &what);
    /// Goes on (reading from the station) for a time.
    void airFor(std::chrono::milliseconds time);
    /// Since the fault began; rows whose fault ends by itself later restart it then.
    AirTimer &sinceFault() { return m_sinceFault; }
    QString fileOf(const QString &item) const;
    /// Where the clips are that are on air: copies, with which a row may do what it likes.
    QString clipFolder() const { return m_folder + QStringLiteral("/clips"); }
    /// The player that has the item's file open; 0: none has.
    pid_t playerOf(const QString &item) const;
    /// The alarms that are listed, newest first; empty also while no engine answers.
    QJsonArray alarms();
    /// How often \p alarms say that \p code was raised.
    static qint64 timesRaised(const QJsonArray &alarms, const QString &code);
    // For judges, to whom all that was aired is known.
    /// The airing on air at \p frame. A far end that begins anywhere after it is not laid beside
    /// those before, for the list goes round.
    std::size_t airingAt(qint64 frame) const;
    /// The station's number of the frame behind the last that \p report shows, whose expectation
    /// began with the airing \p first; -1: it shows none.
    qint64 endOf(const framecode::Report &report, std::size_t first) const;
    const QStringList &items() const { return m_ids; }

private:
    void begin();
    void playRow(const FaultRow &row);
    void waitUntilBack();
    void expectAlarms(const QJsonArray &before);
    void keepRtmp();
    void judge();
    framecode::Expectation listForEver() const;
    void judgeNewTimeline(FaultResult &result);
    void judgeRtmp(const framecode::Expectation &expectation);
    static void verdict(FaultResult &result);

    Options m_options;
    QRandomGenerator m_random;
    QString m_channel = QStringLiteral("faults");
    QString m_folder;
    Corpus m_corpus;
    std::unique_ptr<TestStation> m_station;
    std::unique_ptr<NginxRtmp> m_nginx;
    QHash<QString, int> m_clipOfItem;
    QStringList m_ids;
    std::unique_ptr<listmodel::ListModel> m_model;
    qint64 m_first = 0;
    qint64 m_last = 0;
    std::vector<FaultResult> m_results;
    FaultResult *m_result = nullptr;
    AirTimer m_sinceFault;
    bool m_isMarked = false;
    int m_lateBefore = 0; // by the machine, when the fault came
    QJsonObject m_before; // the status when the fault came
    QJsonObject m_status; // the last one
    std::vector<listmodel::Airing> m_airings;
    std::vector<
        std::pair<std::size_t, std::function<void(const framecode::Expectation &, FaultResult &)>>>
        m_laterJudges; // with the index of their result
    /// Copies of what nginx handed out before a new connection replaced it.
    struct RtmpPart {
        QString playlist;
        qint64 from = 0; ///< earliest frame that it can begin with
        std::size_t endRow = 0; ///< the rows before this one are judged by it
    };
    std::vector<RtmpPart> m_rtmpParts;
};

} // namespace continuo
