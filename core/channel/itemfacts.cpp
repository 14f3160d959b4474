// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/itemfacts.h"

#include "core/base/childprocess.h"

#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QTimer>

#include <sys/resource.h>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kProbeTimeoutMs = 20000; // a dead network share must not hold up the others for ever

ItemFacts factsFromJson(const QByteArray &bytes)
{
    const QJsonObject object = QJsonDocument::fromJson(bytes).object();
    ItemFacts facts;
    if (object.contains("failed"_L1) || object.isEmpty()) {
        const QJsonObject reason = object.value("failed"_L1).toObject();
        facts.failure = Error{errorCodeFromName(reason.value("code"_L1).toString()),
                              reason.value("detail"_L1).toString(u"no answer"_s), 0};
        return facts;
    }
    facts.durationUs = object.value("durationUs"_L1).toInteger(-1);
    facts.frames = object.value("frames"_L1).toInteger(-1);
    facts.width = object.value("width"_L1).toInt();
    facts.height = object.value("height"_L1).toInt();
    facts.fps = object.value("fps"_L1).toVariant().toString();
    facts.videoCodec = object.value("videoCodec"_L1).toString();
    facts.audioCodec = object.value("audioCodec"_L1).toString();
    return facts;
}

} // namespace

ItemProber::ItemProber(const HouseFormat &format, QObject *parent)
    : QObject(parent)
    , m_format(format)
{
}

ItemProber::~ItemProber()
{
    if (m_process) {
        m_process->disconnect(this);
        m_process->kill();
        m_process->waitForFinished(1000);
    }
}

void ItemProber::probe(const QString &path)
{
    const QFileInfo file(path);
    const auto known = m_known.constFind(path);
    if (known != m_known.constEnd() && known->size == file.size()
        && known->modifiedMs == file.lastModified().toMSecsSinceEpoch())
        return;
    if (m_current == path || m_queue.contains(path))
        return;
    m_queue.enqueue(path);
    startNext();
}

std::optional<ItemFacts> ItemProber::facts(const QString &path) const
{
    const auto known = m_known.constFind(path);
    return known == m_known.constEnd() ? std::nullopt : std::optional(known->facts);
}

void ItemProber::startNext()
{
    if (m_process || m_queue.isEmpty())
        return;
    m_current = m_queue.dequeue();
    m_process = std::make_unique<QProcess>();
    m_process->setProcessChannelMode(QProcess::SeparateChannels);
    m_process->setStandardErrorFile(QProcess::nullDevice());
    m_process->setChildProcessModifier([] { ::setpriority(PRIO_PROCESS, 0, 5); });
    connect(m_process.get(), &QProcess::finished, this, &ItemProber::onFinished);
    connect(m_process.get(), &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            onFinished();
    });
    QTimer::singleShot(kProbeTimeoutMs, m_process.get(), &QProcess::kill);
    m_process->start(
        stationProgram(u"continuo-player"_s),
        {u"--probe"_s, m_current, u"--format"_s,
         u"%1x%2@%3"_s.arg(m_format.width).arg(m_format.height).arg(m_format.rate.toString())});
}

void ItemProber::onFinished()
{
    const QFileInfo file(m_current);
    Entry entry{file.size(), file.lastModified().toMSecsSinceEpoch(),
                factsFromJson(m_process->readAllStandardOutput())};
    if (!file.exists())
        entry.facts.failure = Error{ErrorCode::NotFound, u"the file does not exist"_s, 0};
    m_known.insert(m_current, entry);
    const QString path = std::exchange(m_current, QString());
    m_process.release()->deleteLater(); // we are inside its signal
    Q_EMIT probed(path);
    startNext();
}

} // namespace continuo
