// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/messagesocket.h"
#include "core/base/paths.h"
#include "core/base/uniquefd.h"

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <chrono>
#include <map>
#include <vector>

namespace continuo {

/// Exit status of keeper and engine for arguments that make no sense.
constexpr int kWrongUse = 2;

struct KeeperOptions {
    QString stateFolder; ///< empty: the XDG folders
    QString engineProgram; ///< absolute path of continuod
    QStringList engineArguments; ///< what stood after "--"
    std::chrono::milliseconds patience{1000}; ///< an engine silent for so long is killed
    bool detach = false; ///< to the background
};

/// Holds the descriptors that must outlive the engine, and starts the engine again when it dies or
/// hangs. One thread, one poll(): no media, no parsing but its own messages, no policy.
class Keeper final {
public:
    Keeper(KeeperOptions options, StationPaths paths);

    /// Runs until the engine says bye or a SIGTERM or SIGINT was passed on and the engine has
    /// ended. Gives the exit status of the program.
    int run();

private:
    using Clock = std::chrono::steady_clock;
    enum class Phase { Starting, Running, Killing, BackingOff };
    enum class Origin { Started, Adopted };

    Result<void> prepare();
    bool adoptEngine();
    void startEngine();
    void onEngineEnded();
    void onSignal();
    void readMessages();
    void onLinkLost();
    bool isCalling() const;
    void callAgain();
    void handle(Message &message);
    void answerFetch() const;
    void judge(bool wasLate);
    void killEngine(const char *why);
    void reapOrphans() const;
    bool isEndFinal(const ChildExit &ended);
    void finish(int status);
    void scheduleStart();

    KeeperOptions m_options;
    StationPaths m_paths;
    UniqueFd m_signals;
    ChildProcess m_engine;
    MessageSocket m_link;
    std::map<QString, UniqueFd> m_held;
    std::map<QString, UniqueFd> m_heldBefore; ///< the link was lost, until all has come again
    Origin m_origin = Origin::Started; ///< of the engine
    Phase m_phase = Phase::BackingOff;
    Clock::time_point m_startedAt;
    Clock::time_point m_deadline; ///< of the phase: first or next beat, last wait, next start
    Clock::time_point m_nextCall; ///< while the engine has no link to us
    bool m_isEngineLost = false; ///< the link was lost and nothing has come since
    std::vector<Clock::time_point> m_deaths; ///< within the last minute
    std::size_t m_turnedAway = 0; ///< engines in a row that found another in the station's data
    std::chrono::milliseconds m_backOff{0};
    bool m_isLeaving = false;
    bool m_isFinished = false;
    int m_exitStatus = 0;
    QJsonObject m_reached; // frame by channel, as the engine last said
};

} // namespace continuo
