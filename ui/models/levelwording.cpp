// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of loudness and of a channel's logo.
#include "ui/models/wording.h"

#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr QChar kMinus(0x2212); // as wide as a plus, unlike a hyphen

QString signedNumber(double value, int decimals)
{
    QString text = QLocale().toString(std::abs(value), 'f', decimals);
    const bool isZero = std::round(std::abs(value) * std::pow(10, decimals)) == 0;
    if (value < 0 && !isZero)
        text.prepend(kMinus);
    return text;
}

QString withSign(double value)
{
    const QString text = signedNumber(value, 1);
    return value > 0 && text != signedNumber(0, 1) ? u'+' + text : text;
}

} // namespace

QString Wording::lufs(std::optional<double> value)
{
    return value ? signedNumber(*value, 1) : u"–"_s;
}

QString Wording::wholeLufs(double value)
{
    return signedNumber(value, value == std::round(value) ? 0 : 1);
}

QString Wording::decibels(double value)
{
    return tr("%1 dB", "%1: by how much a sound is raised or lowered").arg(withSign(value));
}

QString Wording::loudnessTarget(std::optional<double> target)
{
    if (!target)
        return tr("not levelled", "items go out as loud as their files are");
    return tr("target %1 LUFS").arg(wholeLufs(*target));
}

QString Wording::loudness(const LoudnessState &loudness)
{
    if (!loudness.isMeasured)
        return tr("Not measured: the machine cannot keep up. The air has its sound.");
    if (!loudness.integrated)
        return tr("Nothing to measure yet: silence");
    if (!loudness.target)
        return tr("Items go out as loud as their files are");
    const std::optional<double> off = loudness.offTarget();
    if (!off)
        return tr("On air for too short a time to be judged");
    if (*off == 0)
        return tr("On target", "loudness of the programme");
    const QString howFar = QLocale().toString(std::abs(*off), 'f', 1);
    return *off > 0 ? tr("%1 LU louder than the target").arg(howFar)
                    : tr("%1 LU quieter than the target").arg(howFar);
}

QString Wording::airingGain(const ItemGain &gain)
{
    if (!gain.gainDb)
        return tr("This item goes by a live estimate");
    if (gain.isEstimated)
        return tr("This item: %1 by a live estimate", "%1: +3.2 dB").arg(decibels(*gain.gainDb));
    return tr("This item: %1, as its file measures", "%1: +3.2 dB").arg(decibels(*gain.gainDb));
}

QString Wording::entryGain(const PlaylistEntry &entry)
{
    if (!entry.gain)
        return {};
    if (entry.gain->isEstimated) {
        const bool isToCome
            = entry.state == EntryState::Queued || entry.state == EntryState::Played;
        // It is likely to be measured by then.
        if (isToCome && entry.proof == EntryProof::Pending)
            return tr("loudness not measured yet");
        return tr("goes by a live estimate", "a row whose loudness nobody has measured");
    }
    return entry.gain->gainDb ? decibels(*entry.gain->gainDb) : QString();
}

QString Wording::logoPhase(const LogoState &logo)
{
    switch (logo.phase) {
    case LogoPhase::Off:
        return tr("Logo off");
    case LogoPhase::Ready:
        return tr("Logo ready", "it is shown as soon as the channel is on air");
    case LogoPhase::Drawing:
        return tr("Logo is drawn");
    case LogoPhase::Shown:
        return tr("Logo on");
    case LogoPhase::Hidden:
        return tr("Logo on, but not for what is on air");
    case LogoPhase::Failed:
        break;
    }
    const QString why = logoTrouble(logo.failure);
    return why.isEmpty() ? tr("The logo cannot be shown.") : why;
}

QString Wording::logoTrouble(const QString &code)
{
    if (code == "not-found"_L1)
        return tr("The logo's file is not there.");
    if (code == "permission-denied"_L1)
        return tr("The logo's file may not be read.");
    if (code == "unsupported"_L1)
        return tr("There is no picture in the logo's file.");
    if (code == "corrupt"_L1)
        return tr("The logo's file is damaged.");
    if (code == "timeout"_L1)
        return tr("The logo's disk or share does not answer.");
    return {};
}

QString Wording::logoRefusal(const Error &error)
{
    if (error.code == ErrorCode::InvalidArgument) {
        if (error.detail.contains("larger than the picture"_L1))
            return tr("The logo is larger than the picture. Give it a smaller width.");
        if (error.detail.contains("does not fit"_L1))
            return tr("At that place a part of the logo would be outside of the picture.");
        return tr("Choose the logo's file.");
    }
    if (error.code == ErrorCode::Busy)
        return tr("Another logo is being drawn. Try again in a moment.");
    const QString why = logoTrouble(errorCodeName(error.code));
    return why.isEmpty() ? Wording::error(error, u"logo.set"_s).headline : why;
}

} // namespace continuo
