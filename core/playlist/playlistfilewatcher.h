// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "core/base/uniquefd.h"

#include <QByteArray>
#include <QElapsedTimer>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>

namespace continuo {

/// Says when any program has changed a file, with its new content: written in place, renamed over,
/// deleted and made again, or written bit by bit. Own writes are known by their content, not by
/// their time. Lives on a thread with an event loop.
///
/// The folder is watched by inotify (a watch on the file itself ends with each atomic save), and
/// looked at every two seconds besides, for network shares and links whose target is elsewhere. A
/// change is taken 150 ms after the last sign of one, so 0.2 s after a save; a file that is
/// empty, missing, ends without a line end or is still held open by its writer is given up to 1 s
/// from its last sign more.
class PlaylistFileWatcher final : public QObject {
    Q_OBJECT

public:
    explicit PlaylistFileWatcher(QString path, QObject *parent = nullptr);
    ~PlaylistFileWatcher() override;

    /// Begins. What stands in the file now counts as known.
    void start();
    /// \p bytes are what stands in the file, or will: no change when they are met there.
    void noteContent(const QByteArray &bytes);
    /// What stands at the path now was put there by us (renamed over): no sign of a change.
    void noteOwnReplacement();
    /// contentHash() of what was last seen or noted.
    const QByteArray &knownHash() const { return m_knownHash; }
    static QByteArray contentHash(const QByteArray &bytes);
    /// A change was seen and is not settled yet: a bad moment to replace the file.
    bool isSettling() const { return m_settle.isActive(); }

Q_SIGNALS:
    /// Content that is neither what was last seen nor noted.
    void fileChanged(const QByteArray &bytes);
    /// The file has been away for more than a second.
    void fileMissing();
    /// Something stands there that is not read (see readListFile()); told once as long as that
    /// stays the reason.
    void fileUnreadable(const Error &error);

private:
    struct Identity;

    void watchFolder();
    void readEvents();
    void onSign();
    void onEvent(quint32 mask);
    void lookAtIdentity();
    void settle();
    bool isComplete(const QByteArray &bytes) const;

    QString m_path;
    UniqueFd m_inotify;
    int m_watch = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QTimer m_settle; // runs from a sign of change until it is taken
    QTimer m_look; // the slow look
    QElapsedTimer m_lastSign;
    bool m_writerOpen = false; // written to, not closed yet
    bool m_missingSaid = false;
    QString m_unreadableSaid; // the reason that was told
    std::unique_ptr<Identity> m_identity; // as last seen
    QByteArray m_knownHash;
};

} // namespace continuo
