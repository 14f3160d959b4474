// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QCache>
#include <QDeadlineTimer>
#include <QHash>
#include <QImage>
#include <QObject>
#include <QSet>
#include <QSize>
#include <QThreadPool>
#include <QTimer>

#include <vector>

namespace continuo {

class StationLink;

/// The thumbnails that rows show: asked of the engine when a row is painted, what was painted last
/// first, a few at a time; decoded and scaled on a thread of their own; kept while there is room.
/// Never blocks. Lives on the GUI thread.
class ThumbnailCache final : public QObject {
    Q_OBJECT
public:
    static constexpr int kMostKept = 1000; ///< of 9 kB each at 100 %, 37 kB at 200 %
    static constexpr std::size_t kMostWanted = 60; ///< more rows than a screen has

    explicit ThumbnailCache(StationLink &link, QObject *parent = nullptr);
    ~ThumbnailCache() override;

    /// The poster of the file \p path, known by \p tag (the engine's), fitted into \p box (pixels
    /// of the screen). Null while it is not there; arrived() follows if it comes.
    QImage poster(const QString &tag, const QString &path, const QSize &box);
    int kept() const { return int(m_kept.size()); }

Q_SIGNALS:
    void arrived();

private:
    struct Wanted {
        QString tag;
        QString path;
    };

    void askNext();
    void decode(const QString &tag, const QByteArray &jpeg);
    void settle(const QString &tag, const QSize &box, const QImage &image);

    StationLink &m_link;
    QThreadPool m_decoder;
    QSize m_box; ///< of all that are kept
    QCache<QString, QImage> m_kept{kMostKept};
    std::vector<Wanted> m_wanted; ///< the last is asked for first
    QSet<QString> m_underWay; ///< in m_wanted, asked for, or being decoded
    QHash<QString, QDeadlineTimer> m_putOff; ///< there was none: until when that is not asked again
    QTimer m_askAgain;
    int m_asked = 0; ///< and not answered
};

} // namespace continuo
