// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/soak.h"

#include "tests/faults/faultclips.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <future>
#include <stdexcept>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr qint64 kSafeZoneFrames = 45;
const QString kChannel = u"soak"_s;
// The list stays between these, so that memory has no reason to grow.
constexpr int kFewest = 6;
constexpr int kMost = 14;
constexpr qint64 kPollMs = 100;
constexpr qint64 kSampleMs = 2000;

} // namespace

Soak::Soak(Options options)
    : m_options(std::move(options))
    , m_random(m_options.seed)
    , m_folder(outputFolder(u"soak"_s))
    , m_corpus(faultClips(m_options.height))
    , m_station(std::make_unique<TestStation>(m_options.isPaced ? QStringList()
                                                                : QStringList{u"--unpaced"_s}))
{
}

Soak::~Soak() = default;

void Soak::begin()
{
    m_station->call(u"channel.create"_s,
                    {{u"name"_s, kChannel},
                     {u"width"_s, m_options.height * 16 / 9},
                     {u"height"_s, m_options.height},
                     {u"loop"_s, true},
                     {u"safeZoneMs"_s, kSafeZoneFrames * 1000 / 30}});
    const QStringList ids = m_station->add(kChannel, m_corpus.files);
    QHash<QString, qint64> framesOfItem;
    for (int i = 0; i < int(ids.size()); ++i) {
        m_clipOfItem.insert(ids[i], i);
        framesOfItem.insert(ids[i], m_corpus.frames[std::size_t(i)]);
    }
    m_model = std::make_unique<listmodel::ListModel>(ids, kSafeZoneFrames, framesOfItem);
    m_station->addDestination(kChannel, u"hls:"_s + m_folder + u"/hls"_s, {{u"listSize"_s, 0}});
    m_station->addDestination(kChannel, u"file:"_s + m_folder + u"/record.mkv"_s);
    m_first = m_station->call(u"channel.start"_s, {{u"channel"_s, kChannel}})
                  .value("frame"_L1)
                  .toInteger();
    m_station->waitForStatus(
        kChannel,
        [this](const QJsonObject &now) { return now.value("acked"_L1).toInteger() > m_first; },
        20s);
}

// Held frames are noted where they were: what follows begins so much later.
void Soak::poll()
{
    const qint64 before = m_status.value("frame"_L1).toInteger(m_first);
    m_status = m_station->status(kChannel);
    const qint64 held = m_status.value("counts"_L1).toObject().value("held"_L1).toInteger();
    if (held > m_held)
        m_model->noteHeld(before, held - m_held);
    m_held = held;
}

void Soak::edit()
{
    const QStringList now = m_model->list();
    listmodel::Edit edit;
    const int kind = int(m_random.bounded(3));
    QJsonObject reply;
    if (now.size() < kFewest || (kind == 0 && now.size() < kMost)) {
        const int clip = m_random.bounded(int(m_corpus.files.size()));
        edit.kind = listmodel::Edit::Kind::Insert;
        edit.row = m_random.bounded(int(now.size()) + 1);
        reply = m_station->call(u"playlist.add"_s,
                                {{u"channel"_s, kChannel},
                                 {u"files"_s, QJsonArray{m_corpus.files[clip]}},
                                 {u"at"_s, edit.row}});
        const QString id
            = reply.value("items"_L1).toArray().first().toObject().value("id"_L1).toString();
        edit.ids = QStringList{id};
        m_clipOfItem.insert(id, clip);
        m_model->setFrames(id, m_corpus.frames[std::size_t(clip)]);
    } else {
        edit.kind = kind == 1 ? listmodel::Edit::Kind::Move : listmodel::Edit::Kind::Remove;
        edit.ids = QStringList{now[m_random.bounded(int(now.size()))]};
        edit.row = m_random.bounded(int(now.size()) + 1);
        QJsonObject params{{u"channel"_s, kChannel},
                           {u"items"_s, QJsonArray::fromStringList(edit.ids)}};
        if (edit.kind == listmodel::Edit::Kind::Move)
            params.insert(u"to"_s, edit.row);
        reply = m_station->call(edit.kind == listmodel::Edit::Kind::Move ? u"playlist.move"_s
                                                                         : u"playlist.remove"_s,
                                params);
    }
    edit.frame = reply.value("frame"_L1).toInteger();
    m_model->note(edit);
    ++m_edits;
}

void Soak::killConsole()
{
    QProcess console;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
    console.setProcessEnvironment(environment);
    console.setStandardErrorFile(QProcess::nullDevice());
    console.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo"_s,
                  {u"--state"_s, m_station->folder()});
    if (!console.waitForStarted())
        throw std::runtime_error("the console did not start");
    m_station->client().readFor(std::chrono::milliseconds(m_random.bounded(1500)));
    console.kill(); // SIGKILL
    console.waitForFinished();
}

void Soak::breakSomething()
{
    if (m_options.faults.isEmpty())
        return;
    const QString role = m_options.faults[m_random.bounded(int(m_options.faults.size()))];
    if (role == "console"_L1) {
        killConsole();
    } else {
        QList<pid_t> pids;
        const QList<StationProcess> all = m_station->processes();
        for (const StationProcess &process : all) {
            if (process.role == role)
                pids.append(process.pid);
        }
        if (pids.isEmpty())
            return;
        ::kill(pids[m_random.bounded(int(pids.size()))], SIGKILL);
    }
    ++m_kills[role];
}

void Soak::sample()
{
    std::map<QString, Sample> now;
    const QList<StationProcess> all = m_station->processes();
    for (const StationProcess &process : all) {
        const qint64 memory = proportionalMemory(process.pid);
        if (memory < 0)
            continue;
        Sample &one = now[process.role];
        one.seconds = double(m_timer.elapsed()) / 1000;
        one.memory += memory;
        one.descriptors += std::max(openDescriptors(process.pid), 0);
        ++one.processes;
    }
    for (const auto &[role, one] : now)
        m_samples[role].push_back(one);
}

void Soak::air()
{
    m_timer.start();
    const auto nextIn = [this](int from, int to) {
        return m_timer.elapsed() + from + m_random.bounded(to - from);
    };
    qint64 fault = nextIn(4000, 8000);
    qint64 edited = nextIn(200, 3000);
    qint64 sampled = 0;
    qint64 moved = 0; // when the acknowledgements did
    qint64 acked = m_first;
    const qint64 wanted = m_first + m_options.frames;
    for (;;) {
        poll();
        const qint64 now = m_status.value("acked"_L1).toInteger();
        if (now >= wanted)
            return;
        if (now > acked) {
            acked = now;
            moved = m_timer.elapsed();
        } else if (m_timer.elapsed() > moved + 20000) {
            throw std::runtime_error("nothing was released for 20 s:\n"
                                     + m_station->logs().toStdString());
        }
        if (m_timer.elapsed() > edited) {
            edit();
            edited = nextIn(200, 3000);
        }
        // The last seconds are quiet, so that each fault has shown what it does.
        if (m_timer.elapsed() > fault && now < wanted - 240) {
            breakSomething();
            fault = nextIn(4000, 10000);
        }
        if (m_timer.elapsed() > sampled) {
            sample();
            sampled = m_timer.elapsed() + kSampleMs;
        }
        m_station->client().readFor(std::chrono::milliseconds(kPollMs));
    }
}

bool Soak::judge(const QString &name, const framecode::Outcome<framecode::Report> &outcome) const
{
    if (!outcome) {
        std::printf("FAIL!  : Soak::%s() %s\n", qPrintable(name), qPrintable(outcome.error()));
        return false;
    }
    const framecode::Report &report = outcome.value();
    QFile file(m_folder + u'/' + name + u".json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(report.toJson()).toJson());
    // Held frames are shown again, the sound pauses there, and a join may wait for them.
    const auto others = std::ranges::count_if(report.faults, [this](const framecode::Fault &fault) {
        return fault.kind != "repeated"_L1
            && (m_held == 0 || (fault.kind != "gap"_L1 && fault.kind != "join"_L1));
    });
    const bool isGood = report.lost == 0 && report.repeated == m_held && others == 0
        && report.seen >= m_options.frames;
    std::printf("%s : Soak::%s() %lld frames, %lld lost, %lld repeated (%lld held), %d gaps, "
                "%zu joins%s\n",
                isGood ? "PASS  " : "FAIL! ", qPrintable(name), static_cast<long long>(report.seen),
                static_cast<long long>(report.lost), static_cast<long long>(report.repeated),
                static_cast<long long>(m_held), report.gaps, report.joins.size(),
                isGood ? "" : qPrintable(u'\n' + report.toText()));
    return isGood;
}

bool Soak::printMemory() const
{
    std::printf("\n%-10s %8s %14s %14s %14s %12s %12s\n", "process", "samples", "PSS MB early",
                "PSS MB late", "PSS MB most", "fds early", "fds late");
    bool isFlat = true;
    for (const auto &[role, samples] : m_samples) {
        const std::size_t quarter = samples.size() / 4;
        if (role == "console"_L1 || quarter == 0)
            continue;
        // The first quarter holds the warming up: the second is what the last is laid beside.
        const auto middle = [&](std::size_t from, const auto &value) {
            std::vector<double> values;
            for (std::size_t i = from; i < from + quarter; ++i)
                values.push_back(double(value(samples[i])) / samples[i].processes);
            std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(quarter / 2));
            return values[quarter / 2];
        };
        const auto memory = [](const Sample &one) { return one.memory; };
        const auto descriptors = [](const Sample &one) { return one.descriptors; };
        const std::size_t late = samples.size() - quarter;
        const double early = middle(quarter, memory) / 1e6;
        const double end = middle(late, memory) / 1e6;
        const double fdsEarly = middle(quarter, descriptors);
        const double fdsLate = middle(late, descriptors);
        const double most
            = double(std::ranges::max_element(samples, {}, &Sample::memory)->memory) / 1e6;
        std::printf("%-10s %8zu %14.1f %14.1f %14.1f %12.1f %12.1f\n", qPrintable(role),
                    samples.size(), early, end, most, fdsEarly, fdsLate);
        // A tenth and 8 MB: what allocators and page caches move by themselves. Frame stores and
        // the packet journal are touched further for minutes (240 slots: 330 MB at 720p; the
        // journal about 17 MB), so that a short run says nothing of memory.
        const bool isTelling = m_timer.elapsed() > 300'000;
        if ((isTelling && end > early * 1.1 + 8) || fdsLate > fdsEarly + 4) {
            isFlat = false;
            std::printf("FAIL!  : Soak::flat() %s grows\n", qPrintable(role));
        }
    }
    if (isFlat)
        std::printf("PASS   : Soak::flat() memory and descriptors of every process\n");
    return isFlat;
}

bool Soak::run()
{
    begin();
    air();
    m_last = m_station->call(u"channel.stop"_s, {{u"channel"_s, kChannel}})
                 .value("frame"_L1)
                 .toInteger();
    QStringList kills;
    for (const auto &[role, count] : m_kills)
        kills.append(u"%1 %2"_s.arg(count).arg(role));
    std::printf("soak: seed %u, %lld frames in %.0f s, %d edits, killed: %s\n", m_options.seed,
                static_cast<long long>(m_last - m_first), double(m_timer.elapsed()) / 1000, m_edits,
                qPrintable(kills.join(u", "_s)));
    std::fflush(stdout);
    const framecode::Expectation expected
        = expectationOf(m_model->airings(m_first, m_last), m_clipOfItem, m_corpus, kFps);
    // Both at once: a soak's judgement takes as long as its air.
    const auto check = [&](const QString &input) {
        return std::async(std::launch::async, [this, &expected, input] {
            return framecode::check(m_folder + u'/' + input, expected);
        });
    };
    auto hls = check(u"hls/index.m3u8"_s);
    auto record = check(u"record.mkv"_s);
    const bool isHlsGood = judge(u"hls"_s, hls.get());
    const bool isRecordGood = judge(u"recording"_s, record.get());
    return printMemory() && isHlsGood && isRecordGood;
}

} // namespace continuo
