// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/publisher/chain.h"

#include "core/frames/packetjournal.h"
#include "core/media/nutwriter.h"
#include "tests/support/patience.h"

#include <QFile>
#include <QTest>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <csignal>

using namespace Qt::StringLiterals;

namespace continuo::test {

namespace {

constexpr std::chrono::milliseconds kPatience(kTestPatienceMs);

// Bars that say the frame number, grey noise-free: small and quick to encode.
void paint(std::vector<std::uint8_t> &picture, const HouseFormat &format, qint64 frame)
{
    const auto width = std::size_t(format.width);
    const auto height = std::size_t(format.height);
    std::fill(picture.begin(), picture.end(), std::uint8_t(128));
    for (std::size_t y = 0; y < height; ++y) {
        for (std::size_t x = 0; x < width; ++x) {
            const auto bar = x * kBars / width;
            picture[y * width + x] = (frame >> bar) & 1 ? 220 : 30;
        }
    }
}

std::vector<std::int16_t> tone(qint64 from, qint64 to)
{
    std::vector<std::int16_t> samples;
    for (qint64 i = from; i < to; ++i) {
        const auto value = std::int16_t(8000 * std::sin(double(i % 48000) * 0.0575958653));
        samples.push_back(value);
        samples.push_back(value);
    }
    return samples;
}

// Writes all or says why not; gives up when \p stop is set.
Result<void> writeAll(int fd, std::span<const std::uint8_t> bytes, const std::atomic<bool> &stop)
{
    while (!bytes.empty()) {
        const ssize_t got = ::write(fd, bytes.data(), bytes.size());
        if (got > 0) {
            bytes = bytes.subspan(std::size_t(got));
            continue;
        }
        if (got < 0 && errno != EAGAIN && errno != EINTR)
            return errorFromErrno(errno, u"write the FIFO"_s);
        if (stop)
            return Error{ErrorCode::Closed, u"stopped"_s, 0};
        pollfd entry{fd, POLLOUT, 0};
        ::poll(&entry, 1, 50);
    }
    return {};
}

} // namespace

EncoderSession::EncoderSession(const QString &folder, int number, const EncoderSettings &settings,
                               qint64 first, qint64 end, Pace pace, const QStringList &codecOptions)
    : m_number(number)
    , m_settings(settings)
    , m_first(first)
    , m_end(end)
    , m_pace(pace)
    , m_fifoIn(u"%1/in.%2"_s.arg(folder).arg(number))
    , m_fifoOut(u"%1/out.%2"_s.arg(folder).arg(number))
    , m_log(u"%1/encoder.%2.log"_s.arg(folder).arg(number))
{
    ::mkfifo(QFile::encodeName(m_fifoIn).constData(), 0600);
    ::mkfifo(QFile::encodeName(m_fifoOut).constData(), 0600);
    ChildRequest request;
    request.program = u"ffmpeg"_s;
    request.arguments = encoderArguments(settings, first, m_fifoIn, m_fifoOut);
    for (const QString &option : codecOptions)
        request.arguments.insert(request.arguments.size() - 1, option);
    request.logFile = m_log;
    Result<ChildProcess> started = ChildProcess::start(request);
    if (!started)
        qFatal("ffmpeg: %s", qPrintable(started.error().detail));
    m_ffmpeg = std::move(started).value();
    m_feeder = std::thread([this] { feed(); });
}

EncoderSession::~EncoderSession()
{
    m_stop = true;
    kill();
    QFile::remove(m_fifoIn);
    QFile::remove(m_fifoOut);
}

void EncoderSession::kill()
{
    m_stop = true;
    m_ffmpeg.signal(SIGKILL);
    m_ffmpeg.wait(kPatience);
    if (m_feeder.joinable())
        m_feeder.join();
}

bool EncoderSession::waitForEnd(std::chrono::milliseconds timeout)
{
    return m_ffmpeg.wait(timeout).has_value();
}

void EncoderSession::feed()
{
    using Clock = std::chrono::steady_clock;
    UniqueFd fifo;
    while (!fifo.isValid()) {
        fifo.reset(
            ::open(QFile::encodeName(m_fifoIn).constData(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
        if (fifo.isValid())
            break;
        if (m_stop || m_ffmpeg.hasEnded())
            return;
        ::poll(nullptr, 0, 2); // ENXIO: no reader yet, and nothing tells when there is one
    }
    auto sink
        = [&](std::span<const std::uint8_t> bytes) { return writeAll(fifo.get(), bytes, m_stop); };
    Result<std::unique_ptr<NutWriter>> writer = NutWriter::create(m_settings.format, sink);
    if (!writer || !writer.value()->writeHeader())
        return;
    const FrameRate rate = m_settings.format.rate;
    std::vector<std::uint8_t> picture(std::size_t(m_settings.format.pictureBytes()));
    qint64 soundDone = audioPrerollStart(m_first, rate);
    const auto start = Clock::now();
    for (qint64 frame = m_first; frame < m_end && !m_stop; ++frame) {
        if (m_pace == Pace::RealTime)
            std::this_thread::sleep_until(
                start + std::chrono::nanoseconds(framesToNanoseconds(frame - m_first, rate)));
        paint(picture, m_settings.format, frame);
        const qint64 soundEnd = samplesBefore(frame + 1, rate);
        const std::vector<std::int16_t> sound = tone(soundDone, soundEnd);
        if (!writer.value()->writeFrame(frame, picture.data(), sound.data(), int(sound.size() / 2),
                                        soundDone))
            return;
        soundDone = soundEnd;
    }
}

PublisherProcess::PublisherProcess(const QString &log)
{
    auto pair = MessageSocket::createPair();
    if (!pair)
        qFatal("socket: %s", qPrintable(pair.error().detail));
    m_socket = std::move(pair->first);
    const MessageSocket theirs = std::move(pair->second);
    ChildRequest request;
    request.program = qEnvironmentVariable("CONTINUO_BIN", u"."_s) + u"/continuo-publisher"_s;
    request.arguments = QStringList{u"--control"_s, u"3"_s, u"--log"_s, log};
    request.fds = {{theirs.fd(), 3}};
    request.logFile = log + u".stderr"_s;
    Result<ChildProcess> started = ChildProcess::start(request);
    if (!started)
        qFatal("publisher: %s", qPrintable(started.error().detail));
    m_child = std::move(started).value();
}

PublisherProcess::~PublisherProcess()
{
    m_child.signal(SIGKILL);
    m_child.wait(kPatience);
}

void PublisherProcess::send(const QJsonObject &message, const std::vector<int> &fds)
{
    if (Result<void> sent = m_socket.send(message, fds); !sent)
        qWarning("send: %s", qPrintable(sent.error().detail));
}

void PublisherProcess::poll()
{
    for (;;) {
        Result<std::optional<Message>> got = m_socket.receive();
        if (!got || !got.value())
            return;
        const QJsonObject body = (*got.value()).body;
        all.append(body);
        if (const QJsonObject ack = body.value(u"ack"_s).toObject(); !ack.isEmpty()) {
            lastAck = ack;
            acked = ack.value(u"frame"_s).toInteger();
        }
        if (const QJsonObject end = body.value(u"session_ended"_s).toObject(); !end.isEmpty())
            ended.insert(end.value(u"session"_s).toInt(), end);
        if (const QJsonObject d = body.value(u"destination"_s).toObject(); !d.isEmpty())
            destinations.insert(d.value(u"id"_s).toString(), d);
        if (const QJsonObject f = body.value(u"session_failed"_s).toObject(); !f.isEmpty())
            failures.append(f);
        for (auto [name, value] :
             {std::pair(u"resumed"_s, &resumed), {u"report"_s, &report}, {u"alive"_s, &alive}}) {
            if (body.contains(name))
                *value = body.value(name).toObject();
        }
    }
}

QString PublisherProcess::state(const QString &id) const
{
    return destinations.value(id).value(u"state"_s).toString();
}

TestChannel::TestChannel(const HouseFormat &format, Mode mode, Journal journal)
    : settings(EncoderSettings::forFormat(format))
    , m_mode(mode)
{
    if (journal == Journal::Kept)
        m_journal = PacketJournal::create(
                        PacketJournal::bytesFor(settings.videoBitrate, settings.audioBitrate))
                        .value();
    startPublisher();
}

void TestChannel::startPublisher()
{
    publisher = std::make_unique<PublisherProcess>(path(u"publisher.log"_s));
    QJsonObject channel = settings.toJson();
    channel.insert(u"name"_s, u"Test"_s);
    channel.insert(u"unpaced"_s, m_mode == Mode::Unpaced);
    publisher->send({{u"channel"_s, channel}},
                    m_journal.isValid() ? std::vector<int>{m_journal.get()} : std::vector<int>());
    send(u"epoch"_s, {{u"frame"_s, 480}, {u"wall_us"_s, qint64(1700000000000000)}});
}

qint64 TestChannel::replacePublisher(int signal)
{
    publisher->child().signal(signal);
    publisher->child().wait(kPatience);
    startPublisher();
    for (const QJsonObject &destination : std::as_const(m_destinations))
        send(u"add_destination"_s, destination);
    if (!QTest::qWaitFor([this] { return publisher->poll(), !publisher->resumed.isEmpty(); },
                         kTestPatienceMs))
        return -1;
    return publisher->resumed.value(u"next_frame"_s).toInteger();
}

TestChannel::~TestChannel()
{
    if (QTest::currentTestFailed())
        qInfo("publisher's log:\n%s", log().constData());
}

void TestChannel::addAllFiles()
{
    add({{u"id"_s, u"hls"_s},
         {u"type"_s, u"hls"_s},
         {u"target"_s, path(u"hls"_s)},
         {u"list_size"_s, 0}});
    for (const QString &ending : {u"mkv"_s, u"mp4"_s, u"ts"_s})
        add({{u"id"_s, ending}, {u"type"_s, u"file"_s}, {u"target"_s, path(u"rec."_s + ending)}});
}

std::unique_ptr<EncoderSession> TestChannel::open(int number, qint64 first, qint64 end,
                                                  EncoderSession::Pace pace)
{
    auto session = std::make_unique<EncoderSession>(m_dir.path(), number, settings, first, end,
                                                    pace, codecOptions);
    send(u"open_session"_s,
         {{u"session"_s, number}, {u"first_frame"_s, first}, {u"fifo"_s, session->fifoOut()}});
    return session;
}

bool TestChannel::hasEnded(int session)
{
    publisher->poll();
    return publisher->ended.contains(session);
}

qint64 TestChannel::nextFrame(int session) const
{
    return publisher->ended.value(session).value(u"next_frame"_s).toInteger(-1);
}

QString TestChannel::state(const QString &id)
{
    publisher->poll();
    return publisher->state(id);
}

qint64 TestChannel::acked()
{
    publisher->poll();
    return publisher->acked;
}

bool TestChannel::hasExitedWell()
{
    publisher->poll();
    const auto exit = publisher->child().wait(std::chrono::milliseconds(0));
    return exit && !exit->wasKilled && exit->code == 0;
}

QByteArray TestChannel::log() const
{
    QByteArray text;
    for (const QString &name : {u"publisher.log"_s, u"publisher.log.stderr"_s}) {
        QFile file(path(name));
        if (file.open(QIODevice::ReadOnly))
            text += file.readAll();
    }
    return text;
}

} // namespace continuo::test
