// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proof.h"

#include <QJsonArray>

#include <algorithm>
#include <cerrno>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// So much less than the file says is left, for rounding and for sound that ends with the picture.
constexpr std::int64_t kEarlyUs = 1'000'000;
// A join of two recordings costs a packet or two; more than a few are damage that is seen or heard.
constexpr std::int64_t kLongMissingUs = 1'000'000;
constexpr std::int64_t kLongSilenceUs = 10'000'000;
constexpr std::int64_t kLongBlackUs = 5'000'000; // titles fade in and out in less
constexpr double kMostLoad = 0.8; // of real time

QString seconds(std::int64_t us)
{
    return QString::number(double(us) / 1e6, 'f', 1);
}

std::int64_t firstPlace(const QJsonObject &stretches)
{
    return stretches.value("places"_L1).toArray().first().toObject().value("atUs"_L1).toInteger();
}

std::int64_t countOf(const QJsonObject &stretches)
{
    return stretches.value("count"_L1).toInteger();
}

std::int64_t totalOf(const QJsonObject &stretches)
{
    return stretches.value("totalUs"_L1).toInteger();
}

std::int64_t statedUs(const Proof &proof)
{
    return proof.ends.value("facts"_L1).toObject().value("durationUs"_L1).toInteger(-1);
}

void judgeLength(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const std::int64_t stated = statedUs(proof);
    const std::int64_t there = proof.reading.value("durationUs"_L1).toInteger();
    const QString reason = proof.reading.value("endReason"_L1).toString();
    if (stated - there > std::max(kEarlyUs, stated / 50)) {
        findings.push_back({u"ends-early"_s,
                            u"it ends after %1 s; by its own words it lasts %2 s"_s.arg(
                                seconds(there), seconds(stated)),
                            there, stated - there});
    } else if (!reason.isEmpty()) {
        findings.push_back({u"ends-early"_s, u"it cannot be read to its end: "_s + reason, there});
    }
}

void judgeDamage(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const auto errorsOf = [&](QLatin1StringView end) {
        return proof.ends.value(end).toObject().value("errors"_L1).toInteger();
    };
    const QJsonObject damage = proof.reading.value("damage"_L1).toObject();
    const std::int64_t count
        = std::max<std::int64_t>(countOf(damage), errorsOf("head"_L1) + errorsOf("tail"_L1));
    if (count == 0)
        return;
    const std::int64_t at = countOf(damage) > 0 ? firstPlace(damage) : -1;
    findings.push_back(
        {u"damaged"_s,
         at < 0 ? u"%1 of its pictures or sounds are damaged"_s.arg(count)
                : u"%1 of its pictures or sounds are damaged, the first at %2 s"_s.arg(count).arg(
                    seconds(at)),
         at, -1, count});
}

void judgeGaps(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const QJsonObject gaps = proof.reading.value("gaps"_L1).toObject();
    if (countOf(gaps) == 0)
        return;
    findings.push_back({u"pictures-missing"_s,
                        u"no picture comes for %1 s, first at %2 s"_s.arg(
                            seconds(totalOf(gaps)), seconds(firstPlace(gaps))),
                        firstPlace(gaps), totalOf(gaps), countOf(gaps)});
}

void judgeSound(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const QJsonObject sound = proof.reading.value("sound"_L1).toObject();
    const QJsonObject missing = sound.value("missing"_L1).toObject();
    const QJsonObject silences = sound.value("silences"_L1).toObject();
    if (totalOf(missing) >= kLongMissingUs)
        findings.push_back({u"sound-missing"_s,
                            u"its sound is missing for %1 s, first at %2 s"_s.arg(
                                seconds(totalOf(missing)), seconds(firstPlace(missing))),
                            firstPlace(missing), totalOf(missing), countOf(missing)});
    if (totalOf(silences) >= kLongSilenceUs)
        findings.push_back({u"silent"_s,
                            u"its sound is silent for %1 s, first at %2 s"_s.arg(
                                seconds(totalOf(silences)), seconds(firstPlace(silences))),
                            firstPlace(silences), totalOf(silences), countOf(silences)});
}

void judgeBlack(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const QJsonObject black = proof.look.value("black"_L1).toObject();
    if (totalOf(black) >= kLongBlackUs)
        findings.push_back({u"black"_s,
                            u"its picture is black for %1 s, first at %2 s"_s.arg(
                                seconds(totalOf(black)), seconds(firstPlace(black))),
                            firstPlace(black), totalOf(black), countOf(black)});
}

// That a picture is whole where fields are told is no flaw: many cameras say so of all they record.
void judgeFields(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const QJsonObject fields = proof.look.value("fields"_L1).toObject();
    const QString told = fields.value("told"_L1).toString();
    const QString seen = fields.value("seen"_L1).toString();
    if (!seen.endsWith("-first"_L1) || seen == told || told == "unknown"_L1)
        return;
    if (told == "progressive"_L1)
        findings.push_back(
            {u"fields-unmarked"_s,
             u"its pictures are interlaced (%1), which the file does not say"_s.arg(seen)});
    else
        findings.push_back(
            {u"fields-swapped"_s, u"its fields are %1; the file says %2"_s.arg(seen, told)});
}

void judgeLoad(const Proof &proof, std::vector<ProofFinding> &findings)
{
    const QJsonObject load = proof.look.value("load"_L1).toObject();
    const double takes = load.value("seconds"_L1).toDouble();
    const int processors = std::max(1, load.value("processors"_L1).toInt());
    if (takes > kMostLoad * processors)
        findings.push_back(
            {u"too-heavy"_s,
             u"a second of it takes %1 s of processor time, of which it can have %2"_s
                 .arg(takes, 0, 'f', 2)
                 .arg(kMostLoad * processors, 0, 'f', 1)});
}

} // namespace

QString verdictName(ProofVerdict verdict)
{
    switch (verdict) {
    case ProofVerdict::Pending:
        return u"pending"_s;
    case ProofVerdict::Ready:
        return u"ready"_s;
    case ProofVerdict::Warning:
        return u"warning"_s;
    case ProofVerdict::WillNotPlay:
        return u"will-not-play"_s;
    }
    return u"pending"_s;
}

bool isPassing(ErrorCode code)
{
    switch (code) {
    case ErrorCode::NotFound:
    case ErrorCode::InvalidArgument:
    case ErrorCode::Unsupported:
    case ErrorCode::Corrupt:
        return false;
    default:
        return true;
    }
}

QJsonObject ProofFinding::toJson() const
{
    QJsonObject object{{u"code"_s, code}, {u"detail"_s, detail}};
    if (atUs >= 0)
        object.insert(u"atUs"_s, qint64(atUs));
    if (lengthUs >= 0)
        object.insert(u"lengthUs"_s, qint64(lengthUs));
    if (count > 1)
        object.insert(u"count"_s, qint64(count));
    return object;
}

Proof Proof::fromJson(const QJsonObject &object)
{
    Proof proof;
    proof.ends = object.value("ends"_L1).toObject();
    proof.reading = object.value("reading"_L1).toObject();
    proof.look = object.value("look"_L1).toObject();
    proof.tier = proof.ends.isEmpty() ? 0
        : proof.reading.isEmpty()     ? 1
        : proof.look.isEmpty()        ? 2
                                      : 3;
    if (object.contains("failed"_L1)) {
        const QJsonObject failed = object.value("failed"_L1).toObject();
        proof.failure
            = Error{errorCodeFromName(failed.value("code"_L1).toString()),
                    failed.value("detail"_L1).toString(), failed.value("native"_L1).toInt()};
    }
    proof.hasCrashed = object.value("crashed"_L1).toBool();
    proof.isContradicted = object.value("contradicted"_L1).toBool();
    return proof;
}

QJsonObject Proof::toJson() const
{
    QJsonObject object;
    if (!ends.isEmpty())
        object.insert(u"ends"_s, ends);
    if (!reading.isEmpty())
        object.insert(u"reading"_s, reading);
    if (!look.isEmpty())
        object.insert(u"look"_s, look);
    if (failure)
        object.insert(u"failed"_s,
                      QJsonObject{{u"code"_s, errorCodeName(failure->code)},
                                  {u"detail"_s, failure->detail},
                                  {u"native"_s, failure->native}});
    if (hasCrashed)
        object.insert(u"crashed"_s, true);
    if (isContradicted)
        object.insert(u"contradicted"_s, true);
    return object;
}

Proof Proof::ofUnreachable(int error, const QString &path)
{
    Proof proof;
    proof.failure = error == ENOENT || error == ENOTDIR
        ? Error{ErrorCode::NotFound, u"the file does not exist"_s, error}
        : errorFromErrno(error, u"look at %1"_s.arg(path));
    return proof;
}

std::int64_t Proof::durationUs() const
{
    const std::int64_t read = reading.value("durationUs"_L1).toInteger(-1);
    return read > 0 ? read : statedUs(*this);
}

std::int64_t Proof::frames(FrameRate rate) const
{
    const std::int64_t us = durationUs();
    // Halves of a frame are common and are rounded up where the file plays; a microsecond less,
    // which their time may have lost, would round them down.
    return us < 0 ? -1 : std::max<std::int64_t>(1, microsecondsToFrames(us + 1, rate));
}

QJsonObject Proof::video() const
{
    return ends.value("facts"_L1).toObject().value("video"_L1).toObject();
}

QJsonObject Proof::levels() const
{
    const QJsonObject sound = reading.value("sound"_L1).toObject();
    if (sound.isEmpty() || fails())
        return {};
    return {{u"loudness"_s, sound.value("loudness"_L1)},
            {u"truePeak"_s, sound.value("truePeak"_L1)}};
}

QJsonObject Proof::audio() const
{
    return ends.value("facts"_L1).toObject().value("audio"_L1).toObject();
}

bool Proof::hasThumbnails() const
{
    return !ends.value("thumbnails"_L1).toObject().isEmpty();
}

bool Proof::willNotPlay() const
{
    return fails() && (hasCrashed || !isPassing(failure->code));
}

ProofVerdict Proof::verdict() const
{
    if (fails())
        return willNotPlay() ? ProofVerdict::WillNotPlay : ProofVerdict::Pending;
    if (isContradicted)
        return ProofVerdict::Warning;
    if (tier < 2)
        return ProofVerdict::Pending;
    return findings().empty() ? ProofVerdict::Ready : ProofVerdict::Warning;
}

std::vector<ProofFinding> Proof::findings() const
{
    if (isContradicted)
        return {{u"contradicted"_s,
                 u"it was played to its end, though the proof said: "_s
                     + (failure ? failure->detail : QString())}};
    if (failure)
        return {{hasCrashed ? u"crashes"_s : errorCodeName(failure->code), failure->detail}};
    std::vector<ProofFinding> findings;
    if (tier >= 2) {
        judgeLength(*this, findings);
        judgeGaps(*this, findings);
        judgeSound(*this, findings);
    }
    judgeLoad(*this, findings);
    judgeDamage(*this, findings);
    judgeFields(*this, findings);
    judgeBlack(*this, findings);
    return findings;
}

QJsonObject Proof::summary() const
{
    const std::vector<ProofFinding> found = findings();
    QJsonObject object = found.empty() ? QJsonObject() : found.front().toJson();
    object.insert(u"verdict"_s, verdictName(verdict()));
    return object;
}

} // namespace continuo
