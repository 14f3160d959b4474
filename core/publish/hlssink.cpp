// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/hlssink.h"

#include "core/base/logging.h"
#include "core/base/paths.h"

#include <QDirIterator>
#include <QFile>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Segments that wait for a full disk: about 12 s, and 9 MB at 6 Mb/s.
constexpr std::size_t kMaxWaiting = 6;
// PCR runs this far ahead of decoding, as a decoder's buffer wants it (ffmpeg's own default).
constexpr int kMaxDelayUs = 700'000;

int targetSeconds(const HlsSink::Settings &settings)
{
    return std::max(1, int(std::lround(settings.gop / settings.rate.toDouble())));
}

qint64 framesToMicroseconds(qint64 frames, FrameRate rate)
{
    return (framesToNanoseconds(frames, rate) + 500) / 1000;
}

} // namespace

HlsSink::HlsSink(Settings settings, std::shared_ptr<const Epochs> epochs, SinkNote note)
    : m_settings(std::move(settings))
    , m_epochs(std::move(epochs))
    , m_note(std::move(note))
    , m_playlist(targetSeconds(m_settings), m_settings.listSize)
{
}

Result<void> HlsSink::prepare()
{
    if (Result<void> made = makeFolder(m_settings.folder, 0755, Lasting::UntilPowerCut); !made)
        return made;
    if (m_isPrepared)
        return {}; // the list in memory is newer than the one on disk
    if (Result<void> locked = lockFolder(); !locked)
        return locked;
    QFile file(path(u"index.m3u8"_s));
    if (file.exists()) {
        if (!file.open(QIODevice::ReadOnly))
            return Error{ErrorCode::PermissionDenied, u"cannot read "_s + file.fileName(), 0};
        if (Result<void> resumed = m_playlist.resume(file.readAll()); !resumed)
            qCWarning(lcPublish, "%ls: %ls; a new one is begun", qUtf16Printable(file.fileName()),
                      qUtf16Printable(resumed.error().detail));
    }
    // Without a list the numbers go on above every file. With one they go on from its end: a
    // segment past that was never told to anybody.
    m_lowestSequence = highestSequenceInFolder() + 1;
    if (!m_playlist.segments().empty()) {
        QFile last(path(segmentFileName(m_playlist.segments().back().sequence)));
        if (last.open(QIODevice::ReadOnly))
            m_counters.observe(last.readAll());
    }
    if (const QJsonObject noted = m_note.value(); !noted.isEmpty())
        resume(noted);
    m_isPrepared = true;
    startServer();
    updateTrouble();
    return {};
}

Result<void> HlsSink::lockFolder()
{
    m_lock.reset(); // of a folder that was moved away; it would refuse that of this one
    UniqueFd folder(::open(QFile::encodeName(m_settings.folder).constData(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.isValid())
        return errorFromErrno(errno, u"open the folder "_s + m_settings.folder);
    // A file system without locks is no reason not to write.
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
        return Error{ErrorCode::Busy, u"another destination writes into "_s + m_settings.folder,
                     EWOULDBLOCK};
    m_lock = std::move(folder);
    return {};
}

void HlsSink::resume(const QJsonObject &note)
{
    m_begin = note.value("begin"_L1).toInteger();
    m_lostFrames = note.value("lost"_L1).toInteger();
    m_servedPort = note.value("port"_L1).toInt();
    const bool hasList = !m_playlist.segments().empty() && m_playlist.nextFrame() > m_begin;
    // A listed segment holds all sound whose packets begin before its end.
    m_resume = hasList ? ResumePoint{m_playlist.nextFrame(),
                                     samplesBefore(m_playlist.nextFrame(), m_settings.rate)}
                       : ResumePoint{m_begin, {}};
    // Those that had left the list and whose time to be deleted had not come.
    std::vector<qint64> expiring;
    if (hasList && m_settings.listSize > 0
        && note.value("list_size"_L1).toInt() == m_settings.listSize) {
        qint64 sequence = m_playlist.segments().front().sequence - 1;
        for (int i = 0; i <= m_settings.listSize + 1; ++i, --sequence) {
            if (QFile::exists(path(segmentFileName(sequence))))
                expiring.insert(expiring.begin(), sequence);
        }
    }
    m_playlist.expectExpired(expiring);
    qCInfo(lcPublish, "%ls goes on at frame %lld", qUtf16Printable(m_settings.folder),
           static_cast<long long>(m_resume->frame));
}

void HlsSink::writeNote()
{
    m_note.set({{u"begin"_s, m_begin},
                {u"lost"_s, m_lostFrames.load()},
                {u"list_size"_s, m_settings.listSize},
                {u"port"_s, m_server ? m_server->port() : 0}});
}

QString HlsSink::serveAddress() const
{
    // Who watches the list of a publisher that was killed finds it at the same place.
    if (m_servedPort > 0 && m_settings.serve.endsWith(u":0"_s))
        return m_settings.serve.chopped(1) + QString::number(m_servedPort);
    return m_settings.serve;
}

void HlsSink::startServer()
{
    // A port that is taken must not keep the folder from being written.
    if (m_settings.serve.isEmpty() || m_server)
        return;
    Result<std::unique_ptr<HlsServer>> server
        = HlsServer::start(serveAddress(), m_settings.folder, m_settings.title);
    m_servedPort = 0; // taken by somebody else: any other will do
    if (server) {
        m_server = std::move(server).value();
        m_serveTrouble.reset();
    } else {
        m_serveTrouble = server.error();
    }
}

void HlsSink::updateTrouble()
{
    m_trouble.reset();
    for (const std::optional<Error> *trouble :
         {&m_diskTrouble, &m_folderTrouble, &m_listTrouble, &m_serveTrouble}) {
        if (!m_trouble)
            m_trouble = *trouble;
    }
}

qint64 HlsSink::highestSequenceInFolder() const
{
    qint64 highest = -1;
    // One name at a time: who keeps all segments has a hundred thousand files here.
    QDirIterator files(m_settings.folder, {u"seg*.ts"_s}, QDir::Files | QDir::Hidden);
    while (files.hasNext()) {
        files.next();
        highest = std::max(highest, segmentSequence(files.fileName()).value_or(-1));
    }
    return highest;
}

Result<void> HlsSink::write(const TimelinePacketPtr &packet)
{
    if (!m_streams || m_streams->fingerprint != packet->streams->fingerprint) {
        if (m_streams)
            m_nextIsDiscontinuous = true;
        // What was begun with other parameters is a segment of its own.
        for (std::optional<Draft> *draft : {&m_current, &m_following}) {
            if (*draft)
                (void)complete(std::move(**draft));
            draft->reset();
        }
        m_streams = packet->streams;
        m_muxer.reset();
    }
    return packet->isVideo() ? addVideo(packet) : addAudio(packet);
}

Result<void> HlsSink::addVideo(const TimelinePacketPtr &packet)
{
    Result<void> result;
    if (m_begin < 0) {
        m_begin = packet->pts;
        writeNote();
    }
    if (m_resume && !m_lastDts) // what the journal did not hold any more
        m_lostFrames += std::max<qint64>(0, packet->pts - m_resume->frame);
    if (m_lastDts && packet->dts != *m_lastDts + 1) {
        m_lostFrames += std::max<qint64>(0, packet->dts - *m_lastDts - 1);
        for (std::optional<Draft> *draft : {&m_current, &m_following}) {
            if (*draft)
                result = complete(std::move(**draft));
            draft->reset();
        }
        m_nextIsDiscontinuous = true;
    }
    m_lastDts = packet->dts;
    // By frame number, never by key frame alone: each session has one off the grid at its start.
    const Draft *last = m_following ? &*m_following : m_current ? &*m_current : nullptr;
    const bool isCut = packet->isKey
        && (!last || packet->pts / m_settings.gop > last->firstFrame / m_settings.gop);
    if (isCut) {
        if (m_following) { // its predecessor's sound is complete by now
            result = complete(std::move(*m_current));
            m_current = std::move(m_following);
        }
        const Draft draft{packet->pts, 0, std::exchange(m_nextIsDiscontinuous, false), {}};
        (m_current ? m_following : m_current) = draft;
    }
    if (!m_current) { // only a key frame can begin a segment
        ++m_lostFrames;
        return result;
    }
    Draft &draft = m_following ? *m_following : *m_current;
    ++draft.frames;
    draft.packets.push_back(packet);
    return result;
}

Result<void> HlsSink::addAudio(const TimelinePacketPtr &packet)
{
    Result<void> result;
    if (!m_current)
        return result;
    if (m_following && packet->pts >= samplesBefore(m_following->firstFrame, m_settings.rate)) {
        // No more sound of the current one will come: it is complete.
        Draft done = std::move(*m_current);
        m_current = std::move(m_following);
        m_following.reset();
        m_current->packets.push_back(packet);
        return complete(std::move(done));
    }
    m_current->packets.push_back(packet);
    return result;
}

Result<void> HlsSink::openMuxer(const StreamSet &streams)
{
    Result<std::unique_ptr<MuxerIo>> io = MuxerIo::create(
        [this](qint64, std::uint8_t *bytes, int size) -> Result<void> {
            m_counters.renumber(bytes, size);
            m_muxed.append(reinterpret_cast<const char *>(bytes), size);
            return {};
        },
        MuxerIo::Seeking::Forbidden);
    if (!io)
        return io.error();
    m_muxer.reset();
    m_io = std::move(io).value();
    // copyts: pts and dts as they are; only PCR is set back by the delay.
    Result<std::unique_ptr<Muxer>> muxer = Muxer::create(
        {"mpegts", {{"mpegts_copyts", "1"}}, kMaxDelayUs}, streams, m_io->context());
    if (!muxer)
        return muxer.error();
    m_muxer = std::move(muxer).value();
    return m_muxer->writeHeader();
}

Result<void> HlsSink::complete(Draft draft)
{
    // One muxer for all segments, so that continuity counters run on; tables at each start.
    Result<void> muxed = m_muxer ? Result<void>() : openMuxer(*draft.packets.front()->streams);
    const MuxClock clock(m_settings.rate, 0);
    if (muxed) {
        m_muxer->setOption("mpegts_flags", "resend_headers");
        for (const TimelinePacketPtr &packet : draft.packets) {
            muxed = m_muxer->write(*packet, clock);
            if (!muxed)
                break;
        }
    }
    if (muxed)
        muxed = m_muxer->flush();
    if (!muxed) {
        m_muxer.reset();
        m_muxed.clear();
        m_lostFrames += draft.frames;
        m_nextIsDiscontinuous = true;
        return muxed;
    }
    const qint64 bytes = m_muxed.size();
    m_waiting.push_back({draft.firstFrame, draft.frames, draft.isDiscontinuous,
                         draft.packets.front()->streams->fingerprint, std::exchange(m_muxed, {})});
    m_muxed.reserve(bytes + bytes / 4);
    writeWaiting();
    return {};
}

void HlsSink::writeWaiting()
{
    while (m_waiting.size() > kMaxWaiting) {
        m_lostFrames += m_waiting.front().frames;
        m_waiting.pop_front();
        m_waiting.front().isDiscontinuous = true;
    }
    if (!m_diskTrouble) // else it has not been told yet
        m_folderTrouble.reset();
    while (!m_waiting.empty()) {
        if (Result<void> written = writeSegment(m_waiting.front()); !written) {
            // Whatever the disk says, it is tried again with the next segment.
            m_diskTrouble = written.error();
            return updateTrouble();
        }
        m_waiting.pop_front();
    }
    m_diskTrouble.reset();
    startServer();
    updateTrouble();
}

Result<void> HlsSink::writeSegment(const Finished &finished)
{
    // The folder may have been removed or replaced while we run, which its list shows on every file
    // system; an inode's number does not.
    const auto isLost = [this] { return m_hasList && !QFile::exists(path(u"index.m3u8"_s)); };
    const bool isNew = isLost() || !m_lock.isValid();
    if (Result<void> made = makeFolder(m_settings.folder, 0755, Lasting::UntilPowerCut); !made)
        return made;
    if (isNew) {
        if (Result<void> locked = lockFolder(); !locked)
            return locked;
    }
    if (isLost()) { // still: it was no right to look into it that was missing for a while
        m_hasList = false;
        m_folderTrouble = Error{ErrorCode::NotFound,
                                u"the folder %1 or the list in it was deleted or moved away while "
                                u"on air; it is made again, but older segments of the list may "
                                u"be missing"_s.arg(m_settings.folder),
                                0};
    }
    HlsSegment segment;
    segment.sequence
        = m_playlist.nextSequence(std::max(m_lowestSequence, finished.firstFrame / m_settings.gop));
    segment.durationUs = framesToMicroseconds(finished.frames, m_settings.rate);
    segment.wallUs = m_epochs->wallUs(finished.firstFrame);
    const bool goesOn = m_playlist.segments().empty()
        || (m_playlist.nextFrame() == finished.firstFrame
            && m_playlist.fingerprint() == finished.fingerprint);
    segment.isDiscontinuous = finished.isDiscontinuous || !goesOn;
    if (Result<void> written
        = writeFileDurably(path(segmentFileName(segment.sequence)), finished.bytes);
        !written)
        return written;
    m_bytes += finished.bytes.size();
    m_playlist.append(segment);
    m_playlist.setContinuation(finished.firstFrame + finished.frames, finished.fingerprint);
    // The segment stays listed when this fails, which is told as trouble: the next one brings the
    // list up to date.
    (void)writePlaylist(HlsPlaylist::End::Open);
    for (const qint64 sequence : m_playlist.takeExpired())
        QFile::remove(path(segmentFileName(sequence)));
    writeNote();
    return {};
}

Result<void> HlsSink::writePlaylist(HlsPlaylist::End end)
{
    if (Result<void> written = writeFileDurably(path(u"index.m3u8"_s), m_playlist.toText(end));
        !written) {
        const Error &error = written.error();
        m_listTrouble = Error{error.code,
                              u"viewers see nothing new, the list is an old one: "_s + error.detail,
                              error.native};
        return *m_listTrouble;
    }
    m_listTrouble.reset();
    m_hasList = true;
    m_playlist.setPublished();
    return {};
}

Result<void> HlsSink::finish()
{
    Result<void> result;
    for (std::optional<Draft> *draft : {&m_current, &m_following}) {
        if (*draft)
            result = complete(std::move(**draft));
        draft->reset();
    }
    if (!result)
        return result;
    if (m_diskTrouble)
        return *m_diskTrouble;
    if (m_isLeftOpen)
        return m_listTrouble ? writePlaylist(HlsPlaylist::End::Open) : Result<void>();
    m_note.remove();
    if (m_playlist.segments().empty())
        return {};
    return writePlaylist(HlsPlaylist::End::Ended);
}

void HlsSink::abandon()
{
    // m_lastDts stays: what is missing until it goes on is counted then.
    for (std::optional<Draft> *draft : {&m_current, &m_following}) {
        if (*draft)
            m_lostFrames += (*draft)->frames;
        draft->reset();
    }
    m_nextIsDiscontinuous = true;
}

} // namespace continuo
