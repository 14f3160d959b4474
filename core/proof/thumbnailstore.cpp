// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/thumbnailstore.h"

#include <QCryptographicHash>
#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSaveFile>

#include <pthread.h>

#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMostSide = 160;
constexpr qint64 kMostBytes = 64 << 10; // of a JPEG of that size; those that we make take a tenth
constexpr qint64 kTouchEachMs = 3'600'000; // order of use needs no more, and each is a write
constexpr int kThumbnailVersion = 1; // others are made anew

bool isWhole(const QByteArray &jpeg)
{
    // A power cut may leave a file without its bytes.
    return jpeg.startsWith("\xff\xd8") && jpeg.endsWith("\xff\xd9");
}

} // namespace

bool isThumbnailKind(const QString &kind)
{
    return kind == "poster"_L1 || kind == "head"_L1 || kind == "tail"_L1;
}

QString thumbnailTag(const FileState &state)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(u"%1 %2 %3 %4 %5"_s.arg(kThumbnailVersion)
                     .arg(state.device)
                     .arg(state.inode)
                     .arg(state.sizeBytes)
                     .arg(state.modifiedNs)
                     .toLatin1());
    return QString::fromLatin1(hash.result().toHex().first(24));
}

std::optional<RawThumbnail> RawThumbnail::fromJson(const QJsonObject &object)
{
    RawThumbnail thumbnail;
    thumbnail.kind = object.value("kind"_L1).toString();
    thumbnail.width = object.value("width"_L1).toInt();
    thumbnail.height = object.value("height"_L1).toInt();
    const auto isSide = [](int side) { return side >= 2 && side <= kMostSide && side % 2 == 0; };
    if (!isThumbnailKind(thumbnail.kind) || !isSide(thumbnail.width) || !isSide(thumbnail.height))
        return std::nullopt;
    thumbnail.yuv = QByteArray::fromBase64(object.value("yuv"_L1).toString().toLatin1());
    if (thumbnail.yuv.size() != qsizetype(thumbnail.width) * thumbnail.height * 3 / 2)
        return std::nullopt;
    return thumbnail;
}

ThumbnailStore::ThumbnailStore(const QString &folder, Encode encode, Troubled troubled,
                               ThumbnailBounds bounds)
    : m_folder(folder)
    , m_encode(std::move(encode))
    , m_troubled(std::move(troubled))
    , m_bounds(bounds)
    , m_thread([this](const std::stop_token &stop) { run(stop); })
{
}

ThumbnailStore::~ThumbnailStore()
{
    m_thread.request_stop();
    m_wake.notify_all();
    m_thread.join();
}

void ThumbnailStore::keep(const QString &tag, RawThumbnail thumbnail)
{
    const QString name = tag + u'.' + thumbnail.kind + u".jpg"_s;
    push({name, std::move(thumbnail), {}});
}

bool ThumbnailStore::find(const QString &tag, const QString &kind, Found found)
{
    return push({tag + u'.' + kind + u".jpg"_s, {}, std::move(found)});
}

bool ThumbnailStore::push(Job job)
{
    {
        const std::lock_guard lock(m_mutex);
        if (m_jobs.size() >= kMostJobs)
            return false;
        m_jobs.push_back(std::move(job));
    }
    m_wake.notify_all();
    return true;
}

void ThumbnailStore::run(const std::stop_token &stop)
{
    ::pthread_setname_np(::pthread_self(), "thumbnails");
    learn();
    for (;;) {
        Job job;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait(lock, stop, [this] { return !m_jobs.empty(); });
            if (stop.stop_requested())
                return;
            job = std::move(m_jobs.front());
            m_jobs.pop_front();
        }
        if (job.found)
            job.found(read(job.name));
        else
            write(job);
    }
}

// What an engine before us has kept.
void ThumbnailStore::learn()
{
    const QFileInfoList files
        = QDir(m_folder).entryInfoList(QDir::Files, QDir::Time | QDir::Reversed);
    for (const QFileInfo &file : files) {
        if (file.suffix() == "jpg"_L1)
            note(file.fileName(), file.size(), file.lastModified().toMSecsSinceEpoch());
        else
            QFile::remove(file.filePath()); // half written, when an engine died
    }
}

void ThumbnailStore::write(const Job &job)
{
    const Result<QByteArray> jpeg = m_encode(job.thumbnail);
    if (!jpeg)
        return tell(jpeg.error());
    QSaveFile file(pathOf(job.name));
    if (!file.open(QIODevice::WriteOnly)) {
        QDir().mkpath(m_folder); // the first, or somebody has removed it
        file.open(QIODevice::WriteOnly);
    }
    if (!file.isOpen() || file.write(jpeg.value()) != jpeg->size() || !file.commit())
        return tell(Error{ErrorCode::Io, u"%1: %2"_s.arg(file.fileName(), file.errorString()), 0});
    note(job.name, jpeg->size(), QDateTime::currentMSecsSinceEpoch());
    tell({});
}

QByteArray ThumbnailStore::read(const QString &name)
{
    const auto kept = m_kept.constFind(name);
    if (kept == m_kept.constEnd())
        return {};
    QFile file(pathOf(name));
    QByteArray jpeg;
    if (file.open(QIODevice::ReadOnly))
        jpeg = file.read(kMostBytes);
    if (!isWhole(jpeg)) {
        drop(name);
        return {};
    }
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const bool isTouched = now - kept->usedMs >= kTouchEachMs
        && file.setFileTime(QDateTime::fromMSecsSinceEpoch(now), QFile::FileModificationTime);
    note(name, jpeg.size(), isTouched ? now : kept->usedMs);
    return jpeg;
}

// It is there, and was used now.
void ThumbnailStore::note(const QString &name, qint64 bytes, qint64 usedMs)
{
    const auto known = m_kept.constFind(name);
    if (known != m_kept.constEnd()) {
        m_bytes -= known->bytes;
        m_order.erase(known->place);
    }
    m_order.push_front(name);
    m_kept.insert(name, {bytes, usedMs, m_order.begin()});
    m_bytes += bytes;
    while (m_kept.size() > m_bounds.files || m_bytes > m_bounds.bytes)
        drop(QString(m_order.back()));
}

void ThumbnailStore::drop(const QString &name)
{
    const auto known = m_kept.constFind(name);
    if (known == m_kept.constEnd())
        return;
    QFile::remove(pathOf(name));
    m_bytes -= known->bytes;
    m_order.erase(known->place);
    m_kept.erase(known);
}

void ThumbnailStore::tell(const Result<void> &state)
{
    if (m_isTroubled != !state) {
        m_isTroubled = !state;
        m_troubled(state);
    }
}

} // namespace continuo
