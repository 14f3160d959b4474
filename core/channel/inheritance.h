// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/childprocess.h"
#include "core/base/messagesocket.h"
#include "core/base/uniquefd.h"
#include "core/frames/ledger.h"

#include <QJsonObject>
#include <QStringList>

#include <map>
#include <memory>
#include <vector>

namespace continuo {

/// Under which names the keeper holds what belongs to a channel (docs/protocols.md, section 4).
namespace held {
QString ledger(const QString &channel);
QString journal(const QString &channel);
QString publisher(const QString &channel); ///< our end of its control socket
QString publisherProcess(const QString &channel); ///< pidfd
QString encoderProcess(const QString &channel, int session); ///< pidfd
QString fifoIn(const QString &channel, int session); ///< a write end
QString logo(const QString &channel, qint64 drawing); ///< Logo::fd()
QString slate(const QString &channel, qint64 drawing); ///< Slate::fd()
} // namespace held

/// What a dead engine left of one channel: processes that go on, and how far each had come.
struct Inheritance {
    std::shared_ptr<Ledger> ledger;
    LedgerState stood; ///< of the ledger
    UniqueFd journal;
    ChildProcess publisher; ///< not valid: it has died, too
    MessageSocket control;
    QJsonObject report; ///< of the publisher, empty when it has died
    std::vector<QJsonObject> said; ///< by the publisher before and after its report
    int session = 0; ///< the newest one that was begun
    ChildProcess encoder; ///< of that session; not valid: dead
    UniqueFd writeEnd; ///< of that session's FIFO in
    std::int64_t nextFrame = -1; ///< the first that is not released; -1: not known
    bool doesEncoderGoOn = false; ///< its session can be fed on from where it stood

    /// Sorts what the keeper held and asks the publisher (for at most a second). Errors: NotFound
    /// (nothing to go on with), Corrupt.
    static Result<Inheritance> examine(const QString &channel, const HouseFormat &format,
                                       std::map<QString, UniqueFd> held);
    /// Ends what was left and cannot be gone on with.
    static void discard(const QString &channel, std::map<QString, UniqueFd> held);

    /// The first frame that is not in FIFO in whole: what an encoder that goes on is fed next.
    std::int64_t feedFrame() const { return stood.frame + (isTorn() ? 0 : 1); }
    /// The frame to go on at, and where in the programme that is: the first that is not released,
    /// as far as the item on air reaches back. What is still inside the encoder was retained by the
    /// dead engine only, and is made again, in case that encoder or publisher dies, too.
    struct Place {
        std::int64_t frame = 0;
        QString itemId; ///< empty: the slate
        std::int64_t itemFrame = 0;
    };
    Place place() const;

private:
    bool isTorn() const { return stood.step == FeedStep::Picture; }
};

} // namespace continuo
