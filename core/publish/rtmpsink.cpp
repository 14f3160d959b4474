// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/rtmpsink.h"

#include "core/media/averror.h"
#include "core/publish/secretlog.h"

#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Left to itself, libavformat looks for application and stream's name in the address, at its second
// or third slash: that is in the midst of a key that has one ("k?sig=a/b"). All else is left to it,
// since it knows more forms ("vod/mp4:folder/name").
void nameStream(AVDictionary **options, const RtmpSink::Settings &settings)
{
    // What is behind "scheme://host/".
    QString application = settings.shownUrl.section(u'/', 3);
    while (application.endsWith(u'/'))
        application.chop(1);
    const QString path = settings.url.section(u'/', 3);
    const qsizetype begin = application.size() + 1;
    if (application.isEmpty() || !path.startsWith(application + u'/'))
        return; // no key, or one that is a query: the whole path is the application
    const QString name = path.mid(begin);
    if (!name.contains(u'/') || path.section(u'?', 0, 0).contains(u':')
        || application.count(u'/') > 1)
        return;
    av_dict_set(options, "rtmp_app", application.toUtf8().constData(), 0);
    av_dict_set(options, "rtmp_playpath", name.toUtf8().constData(), 0);
}

// In a person's words, what libavformat \p said of a certificate.
QString certificateTrouble(const QString &said)
{
    if (said.contains("does not match"_L1))
        return u"the certificate there is that of another server; nothing was sent"_s;
    return u"this machine trusts nobody who vouches for the certificate there (self-signed, "
           u"expired, or no package ca-certificates here); nothing was sent. A certificate of your "
           u"own is made known with update-ca-certificates"_s;
}

} // namespace

RtmpSink::RtmpSink(Settings settings)
    : m_settings(std::move(settings))
{
}

RtmpSink::~RtmpSink()
{
    RtmpSink::abandon();
}

int RtmpSink::onInterrupt(void *opaque)
{
    const auto *self = static_cast<const RtmpSink *>(opaque);
    return self->m_isInterrupted || Clock::now() > self->m_deadline ? 1 : 0;
}

Error RtmpSink::explain(const Error &error, const QString &what) const
{
    if (error.native == AVERROR_EXIT && !m_isInterrupted)
        return {ErrorCode::Timeout, u"%1: the server does not answer"_s.arg(what), error.native};
    if (error.native == AVERROR(EIO) || error.native == AVERROR(EPIPE)
        || error.native == AVERROR(ECONNRESET))
        return {ErrorCode::Closed, u"%1: the server closed the connection"_s.arg(what),
                error.native};
    return {error.code, u"%1: %2"_s.arg(what, error.detail), error.native};
}

Result<void> RtmpSink::prepare()
{
    abandon();
    setDeadline(m_settings.connectDeadline);
    (void)takeLibavError();
    const AVIOInterruptCB interrupt{&RtmpSink::onInterrupt, this};
    const QByteArray url = m_settings.url.toUtf8();
    AVDictionary *options = nullptr; // handed on to TLS and TCP below
    av_dict_set_int(&options, "send_buffer_size", m_settings.sendBufferBytes, 0);
    // Off by default. The name that has to stand in the certificate is that of the address.
    av_dict_set_int(&options, "tls_verify", 1, 0);
    nameStream(&options, m_settings);
    const int opened = avio_open2(&m_io, url.constData(), AVIO_FLAG_WRITE, &interrupt, &options);
    av_dict_free(&options);
    if (opened < 0) {
        m_io = nullptr;
        const QString what = u"connect to "_s + m_settings.shownUrl;
        const QString said = takeLibavError();
        if (opened == AVERROR_EXIT)
            return explain(errorFromAv(opened, u"connect"_s), what);
        if (opened == AVERROR(ECONNREFUSED))
            return Error{ErrorCode::Refused, what + u": nobody listens there"_s, opened};
        if (said.contains(u"already publishing"_s, Qt::CaseInsensitive))
            return Error{ErrorCode::Refused, what + u": the server still holds the old session"_s,
                         opened};
        if (said.contains("certificate"_L1, Qt::CaseInsensitive))
            return Error{ErrorCode::Refused, what + u": "_s + certificateTrouble(said), opened};
        // A refusal after the connection comes as "end of file", EIO or -1; the reason is in the
        // log only.
        return Error{
            ErrorCode::Refused,
            u"%1: %2"_s.arg(what, said.isEmpty() ? u"the server refused or hung up"_s : said),
            opened};
    }
    return {};
}

Result<void> RtmpSink::begin(const TimelinePacket &key)
{
    m_streams = key.streams;
    Result<std::unique_ptr<Muxer>> muxer
        = Muxer::create({"flv", {{"flvflags", "no_duration_filesize"}}, 0}, *m_streams, m_io);
    if (!muxer)
        return muxer.error();
    m_muxer = std::move(muxer).value();
    m_clock.emplace(m_streams->rate, key.pts - m_streams->videoDelay);
    m_renewAtFrame = key.pts
        + qint64(double(m_settings.renewAfter.count()) / 1000 * m_streams->rate.toDouble());
    return m_muxer->writeHeader();
}

Result<void> RtmpSink::write(const TimelinePacketPtr &packet)
{
    const bool isKey = packet->isVideo() && packet->isKey;
    setDeadline(m_settings.writeDeadline);
    if (m_muxer && isKey
        && (packet->pts >= m_renewAtFrame
            || packet->streams->fingerprint != m_streams->fingerprint)) {
        if (Result<void> ended = finish(); !ended)
            return ended;
        if (Result<void> again = prepare(); !again)
            return again;
        setDeadline(m_settings.writeDeadline);
    }
    if (!m_muxer) {
        if (!isKey)
            return {};
        if (Result<void> begun = begin(*packet); !begun)
            return explain(begun.error(), m_settings.shownUrl);
    }
    if (packet->isVideo()) {
        if (m_lastDts)
            m_lostFrames += std::max<qint64>(0, packet->dts - *m_lastDts - 1);
        m_lastDts = packet->dts;
    }
    Result<void> written = m_muxer->write(*packet, *m_clock);
    if (written) {
        // Each packet at once: a server that waits for 32 KiB would see sound in lumps.
        avio_flush(m_io);
        if (m_io->error < 0)
            written = errorFromAv(m_io->error, u"send"_s);
    }
    if (!written)
        return explain(written.error(), m_settings.shownUrl);
    m_bytes += packet->sizeBytes();
    return {};
}

Result<void> RtmpSink::finish()
{
    setDeadline(m_settings.writeDeadline);
    Result<void> result;
    if (m_muxer)
        result = m_muxer->writeTrailer();
    abandon();
    return result;
}

void RtmpSink::abandon()
{
    m_muxer.reset();
    if (m_io) {
        // Says goodbye to the server, which may take as long as a write.
        setDeadline(std::chrono::milliseconds(500));
        avio_closep(&m_io);
    }
}

} // namespace continuo
