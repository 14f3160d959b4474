// SPDX-License-Identifier: GPL-3.0-or-later
// What the queue keeps for the next start, and has back from it.
#include "core/proof/proofqueue.h"

#include <QMetaObject>

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

void ProofQueue::openStore(const QString &file)
{
    const auto tell = [this](const QString &level, const QString &code, const QString &text) {
        QMetaObject::invokeMethod(
            this, [this, level, code, text] { Q_EMIT message(level, code, text); },
            Qt::QueuedConnection);
    };
    ProofStoreEvents events;
    events.found
        = [this](const QString &path, const FileState &state, const std::optional<Proof> &proof) {
              QMetaObject::invokeMethod(
                  this, [this, path, state, proof] { onFound(path, state, proof); },
                  Qt::QueuedConnection);
          };
    events.waypointsFound
        = [this](const QString &path, const FileState &state, const WaypointListPtr &list) {
              QMetaObject::invokeMethod(
                  this,
                  [this, path, state, list] {
                      if (list && m_shelf.has(path, state))
                          m_shelf.put(path, state, list);
                  },
                  Qt::QueuedConnection);
          };
    events.waypointsUnknown = [this](const QString &path, const FileState &state) {
        QMetaObject::invokeMethod(
            this, [this, path, state] { m_shelf.withdraw(path, state); }, Qt::QueuedConnection);
    };
    events.troubled = [tell](const Error &error) {
        tell(u"warning"_s, u"proofs-not-kept"_s,
             u"what is found about files is not kept for the next start: "_s + error.detail);
    };
    events.recovered = [tell] {
        tell(u"info"_s, u"proofs-not-kept-over"_s, u"what is found about files is kept again"_s);
    };
    events.damaged = [tell](const Error &error) {
        tell(u"warning"_s, u"proofs-damaged"_s,
             u"what was found about files is lost and will be found again: "_s + error.detail);
    };
    m_store = std::make_unique<ProofStore>(file, std::move(events));
}

void ProofQueue::onFound(const QString &path, const FileState &state,
                         const std::optional<Proof> &proof)
{
    const auto asked = m_finding.constFind(path);
    if (asked == m_finding.constEnd() || asked->state != state)
        return; // it took too long, and is not waited for
    m_finding.erase(asked);
    if (proof) {
        if (m_underWay.value(path) == Turn::Soon)
            wantWaypoints(path, state);
        conclude(path, state, *proof);
    } else {
        enqueue(path, state);
    }
}

void ProofQueue::wantWaypoints(const QString &path, const FileState &state)
{
    if (!m_store || m_shelf.has(path, state))
        return;
    if (m_store->findWaypoints(path, state))
        m_shelf.put(path, state, nullptr); // asked for once
}

void ProofQueue::takeWaypoints(const QString &path)
{
    if (!m_provingWaypoints || m_provingWaypoints->isEmpty())
        return m_shelf.remove(path);
    m_shelf.put(path, m_provingAs, m_provingWaypoints);
    if (m_store)
        m_store->keepWaypoints(path, m_provingAs, std::move(m_provingWaypoints));
}

} // namespace continuo
