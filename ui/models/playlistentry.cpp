// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/playlistentry.h"

#include <QFileInfo>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

EntryState entryStateFrom(const QString &name)
{
    if (name == "on-air"_L1)
        return EntryState::OnAir;
    if (name == "next"_L1)
        return EntryState::Next;
    if (name == "played"_L1)
        return EntryState::Played;
    if (name == "missing"_L1)
        return EntryState::Missing;
    if (name == "failed"_L1)
        return EntryState::Failed;
    return EntryState::Queued;
}

EntryProof entryProofFrom(const QString &verdict)
{
    if (verdict == "pending"_L1)
        return EntryProof::Pending;
    if (verdict == "ready"_L1)
        return EntryProof::Ready;
    if (verdict == "warning"_L1)
        return EntryProof::Warning;
    if (verdict == "will-not-play"_L1)
        return EntryProof::WillNotPlay;
    return EntryProof::Unknown;
}

qint64 millisecondsFrom(const QJsonValue &microseconds)
{
    const qint64 us = microseconds.toInteger(-1);
    return us < 0 ? -1 : us / 1000;
}

// "30000/1001" is exact, "29.97" is what people read.
QString readableRate(const QString &fps)
{
    const qsizetype slash = fps.indexOf(u'/');
    if (slash < 0)
        return fps;
    const double den = fps.mid(slash + 1).toDouble();
    if (den <= 0)
        return {};
    return QString::number(fps.left(slash).toDouble() / den, 'f', 2).remove(".00"_L1);
}

} // namespace

PlaylistEntry PlaylistEntry::fromJson(const QJsonObject &object)
{
    PlaylistEntry entry;
    entry.id = object.value("id"_L1).toVariant().toString();
    entry.path = object.value("path"_L1).toString();
    entry.title = object.value("title"_L1).toString();
    if (entry.title.isEmpty())
        entry.title = QFileInfo(entry.path).completeBaseName();
    entry.state = entryStateFrom(object.value("state"_L1).toString());
    entry.reason = object.value("reason"_L1).toString();
    entry.reasonCode = object.value("reasonCode"_L1).toString();
    entry.durationMs = object.value("durationMs"_L1).toInteger(-1);
    entry.in = object.value("in"_L1).toString();
    entry.out = object.value("out"_L1).toString();
    entry.width = object.value("width"_L1).toInt();
    entry.height = object.value("height"_L1).toInt();
    entry.fps = readableRate(object.value("fps"_L1).toVariant().toString());
    entry.videoCodec = object.value("videoCodec"_L1).toString();
    entry.audioCodec = object.value("audioCodec"_L1).toString();
    const QJsonObject proof = object.value("proof"_L1).toObject();
    entry.proof = entryProofFrom(proof.value("verdict"_L1).toString());
    entry.proofCode = proof.value("code"_L1).toString();
    entry.proofAtMs = millisecondsFrom(proof.value("atUs"_L1));
    entry.proofLengthMs = millisecondsFrom(proof.value("lengthUs"_L1));
    entry.gain = ItemGain::fromJson(object.value("loudness"_L1));
    entry.thumbnail = proof.value("thumbnail"_L1).toString();
    entry.startsAtMs = object.value("startsAtMs"_L1).toInteger(-1);
    return entry;
}

std::vector<PlaylistEntry> playlistFromJson(const QJsonArray &items)
{
    std::vector<PlaylistEntry> entries;
    entries.reserve(std::size_t(items.size()));
    for (const QJsonValue &item : items)
        entries.push_back(PlaylistEntry::fromJson(item.toObject()));
    return entries;
}

} // namespace continuo
