// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/thumbnailcache.h"

#include "ui/models/stationlink.h"

#include <QJsonObject>

#include <chrono>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr int kAskedAtOnce = 4;
constexpr std::chrono::seconds kPutOff{20}; // the engine makes what it has not
constexpr qsizetype kMostPutOff = 2000;
constexpr int kMostSide = 160; // as they are made; a larger one is none of ours

QImage decoded(const QByteArray &jpeg, const QSize &box)
{
    const QImage image = QImage::fromData(jpeg, "JPG");
    if (image.isNull() || image.width() > kMostSide || image.height() > kMostSide)
        return {};
    return image.scaled(box, Qt::KeepAspectRatio, Qt::SmoothTransformation)
        .convertToFormat(QImage::Format_RGB32);
}

} // namespace

ThumbnailCache::ThumbnailCache(StationLink &link, QObject *parent)
    : QObject(parent)
    , m_link(link)
{
    m_decoder.setMaxThreadCount(1);
    connect(&link, &StationLink::stateChanged, this, [this] {
        if (m_link.state() != StationLink::State::Connected)
            return;
        m_putOff.clear();
        Q_EMIT arrived(); // rows that are shown ask again
    });
    m_askAgain.setSingleShot(true);
    m_askAgain.setInterval(kPutOff);
    connect(&m_askAgain, &QTimer::timeout, this, &ThumbnailCache::arrived);
}

ThumbnailCache::~ThumbnailCache()
{
    m_decoder.clear();
    m_decoder.waitForDone(); // one picture at most
}

QImage ThumbnailCache::poster(const QString &tag, const QString &path, const QSize &box)
{
    if (tag.isEmpty() || box.isEmpty())
        return {};
    if (std::exchange(m_box, box) != box) // the window is on another screen
        m_kept.clear();
    if (const QImage *image = m_kept.object(tag))
        return *image;
    const auto putOff = m_putOff.constFind(tag);
    if (m_underWay.contains(tag) || (putOff != m_putOff.constEnd() && !putOff->hasExpired()))
        return {};
    m_underWay.insert(tag);
    m_wanted.push_back({tag, path});
    if (m_wanted.size() > kMostWanted) { // its row was scrolled past
        m_underWay.remove(m_wanted.front().tag);
        m_wanted.erase(m_wanted.begin());
    }
    // Not from within a paint event: a refusal comes at once.
    QMetaObject::invokeMethod(this, &ThumbnailCache::askNext, Qt::QueuedConnection);
    return {};
}

void ThumbnailCache::askNext()
{
    while (m_asked < kAskedAtOnce && !m_wanted.empty()) {
        const Wanted wanted = std::move(m_wanted.back());
        m_wanted.pop_back();
        ++m_asked;
        m_link.call(
            u"thumbnail.get"_s, {{u"path"_s, wanted.path}}, this,
            [this, tag = wanted.tag](const Result<QJsonObject> &reply) {
                --m_asked;
                // It may be another file by now, whose tag the list will tell.
                if (reply && reply->value("tag"_L1).toString() == tag)
                    decode(tag,
                           QByteArray::fromBase64(reply->value("jpeg"_L1).toString().toLatin1()));
                else
                    settle(tag, m_box, {});
                askNext();
            });
    }
}

void ThumbnailCache::decode(const QString &tag, const QByteArray &jpeg)
{
    m_decoder.start([this, tag, jpeg, box = m_box] {
        const QImage image = decoded(jpeg, box);
        QMetaObject::invokeMethod(
            this, [this, tag, box, image] { settle(tag, box, image); }, Qt::QueuedConnection);
    });
}

void ThumbnailCache::settle(const QString &tag, const QSize &box, const QImage &image)
{
    m_underWay.remove(tag);
    if (image.isNull()) {
        if (m_putOff.size() >= kMostPutOff)
            m_putOff.clear();
        m_putOff.insert(tag, QDeadlineTimer(kPutOff));
        if (!m_askAgain.isActive())
            m_askAgain.start();
        return;
    }
    if (box == m_box)
        m_kept.insert(tag, new QImage(image));
    Q_EMIT arrived();
}

} // namespace continuo
