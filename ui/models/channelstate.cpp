// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/channelstate.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// A live programme may miss its target by so much (EBU R 128, section i).
constexpr double kToleranceLu = 1;
// And may peak so high (section k).
constexpr double kMostPeakDb = -1;
// What goes on air may begin quietly: its first half minute says little of the whole.
constexpr qint64 kEarlyMs = 30'000;

qint64 integerOf(const QJsonObject &object, QLatin1StringView key, qint64 fallback = 0)
{
    return object.value(key).toInteger(fallback);
}

ChannelPhase channelPhaseFrom(const QString &name)
{
    if (name == "starting"_L1)
        return ChannelPhase::Starting;
    if (name == "on-air"_L1)
        return ChannelPhase::OnAir;
    if (name == "slate"_L1)
        return ChannelPhase::Slate;
    if (name == "stopping"_L1)
        return ChannelPhase::Stopping;
    if (name == "failed"_L1)
        return ChannelPhase::Failed;
    return ChannelPhase::Off;
}

DestinationPhase destinationPhaseFrom(const QString &name)
{
    if (name == "running"_L1)
        return DestinationPhase::Running;
    if (name == "retrying"_L1)
        return DestinationPhase::Retrying;
    if (name == "failed"_L1)
        return DestinationPhase::Failed;
    if (name == "ended"_L1)
        return DestinationPhase::Ended;
    return name == "off"_L1 ? DestinationPhase::Off : DestinationPhase::Connecting;
}

PipeState pipeFrom(const QJsonObject &object)
{
    return {integerOf(object, "bytes"_L1), integerOf(object, "capacity"_L1)};
}

ProcessState processFrom(const QJsonObject &object)
{
    return {object.value("state"_L1).toString(), integerOf(object, "pid"_L1)};
}

DestinationState destinationFrom(const QJsonObject &object)
{
    DestinationState destination;
    destination.id = object.value("id"_L1).toVariant().toString();
    destination.type = object.value("type"_L1).toString();
    destination.target = object.value("target"_L1).toString();
    destination.address = object.value("address"_L1).toString();
    destination.detail = object.value("detail"_L1).toString();
    destination.phase = destinationPhaseFrom(object.value("state"_L1).toString());
    destination.bytes = integerOf(object, "bytes"_L1);
    return destination;
}

std::optional<double> numberOf(const QJsonObject &object, QLatin1StringView key)
{
    const QJsonValue value = object.value(key);
    return value.isDouble() ? std::optional(value.toDouble()) : std::nullopt;
}

LoudnessState loudnessFrom(const QJsonObject &object, qint64 uptimeMs)
{
    LoudnessState loudness;
    loudness.target = numberOf(object, "target"_L1);
    loudness.isMeasured = object.contains("integrated"_L1);
    loudness.isEarly = uptimeMs < kEarlyMs;
    loudness.momentary = numberOf(object, "momentary"_L1);
    loudness.shortTerm = numberOf(object, "shortTerm"_L1);
    loudness.integrated = numberOf(object, "integrated"_L1);
    loudness.truePeak = numberOf(object, "truePeak"_L1);
    return loudness;
}

QStringList textsOf(const QJsonValue &value)
{
    QStringList texts;
    const QJsonArray array = value.toArray();
    for (const QJsonValue &text : array)
        texts << text.toString();
    return texts;
}

LogoPhase logoPhaseFrom(const QString &name)
{
    if (name == "ready"_L1)
        return LogoPhase::Ready;
    if (name == "drawing"_L1)
        return LogoPhase::Drawing;
    if (name == "shown"_L1)
        return LogoPhase::Shown;
    if (name == "hidden"_L1)
        return LogoPhase::Hidden;
    return name == "failed"_L1 ? LogoPhase::Failed : LogoPhase::Off;
}

std::optional<LogoState> logoFrom(const QJsonValue &value)
{
    const QJsonObject object = value.toObject();
    if (object.value("path"_L1).toString().isEmpty())
        return std::nullopt;
    LogoState logo;
    logo.phase = logoPhaseFrom(object.value("state"_L1).toString());
    logo.failure = object.value("code"_L1).toString();
    logo.isOn = object.value("on"_L1).toBool();
    logo.path = object.value("path"_L1).toString();
    logo.corner = object.value("corner"_L1).toString();
    logo.x = object.value("x"_L1).toInt();
    logo.y = object.value("y"_L1).toInt();
    logo.widthPercent = object.value("widthPercent"_L1).toDouble();
    logo.opacity = object.value("opacity"_L1).toInt(logo.opacity);
    logo.fade = object.value("fade"_L1).toInt(logo.fade);
    logo.offFor = textsOf(object.value("offFor"_L1));
    logo.isOnSlate = object.value("onSlate"_L1).toBool(logo.isOnSlate);
    return logo;
}

SlateState slateFrom(const QJsonObject &object)
{
    return {object.value("path"_L1).toString(), object.value("clock"_L1).toBool(),
            object.value("code"_L1).toString()};
}

std::optional<EmergencyState> emergencyFrom(const QJsonObject &object)
{
    if (object.value("path"_L1).toString().isEmpty())
        return std::nullopt;
    return EmergencyState{object.value("path"_L1).toString(),
                          object.value("state"_L1).toString() == "on-air"_L1,
                          object.value("code"_L1).toString()};
}

std::optional<AiringItem> airingFrom(const QJsonValue &value)
{
    if (!value.isObject())
        return std::nullopt;
    const QJsonObject object = value.toObject();
    AiringItem item;
    item.id = object.value("id"_L1).toVariant().toString();
    item.title = object.value("title"_L1).toString();
    item.positionMs = integerOf(object, "positionMs"_L1);
    item.remainingMs = integerOf(object, "remainingMs"_L1, -1);
    item.gain = ItemGain::fromJson(object.value("loudness"_L1));
    return item;
}

std::optional<NextItem> nextFrom(const QJsonValue &value)
{
    if (!value.isObject())
        return std::nullopt;
    const QJsonObject object = value.toObject();
    return NextItem{object.value("id"_L1).toVariant().toString(),
                    object.value("title"_L1).toString(), object.value("cued"_L1).toBool()};
}

} // namespace

double PipeState::fraction() const
{
    return capacity > 0 ? std::clamp(double(bytes) / double(capacity), 0.0, 1.0) : 0.0;
}

std::optional<ItemGain> ItemGain::fromJson(const QJsonValue &value)
{
    if (!value.isObject())
        return std::nullopt;
    const QJsonObject object = value.toObject();
    return ItemGain{numberOf(object, "gain"_L1), object.value("estimated"_L1).toBool()};
}

std::optional<double> LoudnessState::offTarget() const
{
    if (!target || !integrated || isEarly)
        return std::nullopt;
    const double off = *integrated - *target;
    return std::abs(off) > kToleranceLu ? off : 0.0;
}

bool LoudnessState::hasHighPeaks() const
{
    return truePeak && *truePeak > kMostPeakDb;
}

double AiringItem::progress() const
{
    const qint64 total = positionMs + remainingMs;
    return remainingMs >= 0 && total > 0 ? std::clamp(double(positionMs) / double(total), 0.0, 1.0)
                                         : 0.0;
}

ChannelState ChannelState::fromJson(const QJsonObject &object)
{
    ChannelState state;
    state.name = object.value("name"_L1).toString();
    state.phase = channelPhaseFrom(object.value("state"_L1).toString());
    state.detail = object.value("detail"_L1).toString();
    const QJsonObject format = object.value("format"_L1).toObject();
    state.width = format.value("width"_L1).toInt();
    state.height = format.value("height"_L1).toInt();
    state.fps = format.value("fps"_L1).toVariant().toString();
    state.isLoop = object.value("loop"_L1).toBool();
    state.loudness
        = loudnessFrom(object.value("loudness"_L1).toObject(), integerOf(object, "uptimeMs"_L1));
    state.languages = textsOf(object.value("languages"_L1));
    state.logo = logoFrom(object.value("logo"_L1));
    state.slate = slateFrom(object.value("slate"_L1).toObject());
    state.emergency = emergencyFrom(object.value("emergency"_L1).toObject());
    state.frame = integerOf(object, "frame"_L1);
    state.ackedFrame = integerOf(object, "acked"_L1);
    state.item = airingFrom(object.value("item"_L1));
    state.next = nextFrom(object.value("next"_L1));
    const QJsonObject pipes = object.value("pipes"_L1).toObject();
    state.pipeIn = pipeFrom(pipes.value("in"_L1).toObject());
    state.pipeOut = pipeFrom(pipes.value("out"_L1).toObject());
    state.storeFrames = integerOf(object.value("store"_L1).toObject(), "frames"_L1);
    const QJsonObject counts = object.value("counts"_L1).toObject();
    state.lateFrames = integerOf(counts, "late"_L1);
    state.heldFrames = integerOf(counts, "held"_L1);
    state.droppedFrames = integerOf(counts, "dropped"_L1);
    const QJsonObject encoder = object.value("encoder"_L1).toObject();
    state.encoder = processFrom(encoder);
    state.encoderFps = encoder.value("fps"_L1).toDouble();
    state.encoderSpeed = encoder.value("speed"_L1).toDouble();
    state.encoderBitrate = qint64(encoder.value("bitrate"_L1).toDouble());
    state.publisher = processFrom(object.value("publisher"_L1).toObject());
    state.player = processFrom(object.value("player"_L1).toObject());
    const QJsonObject overload = object.value("overload"_L1).toObject();
    state.isPreviewShed = overload.value("shed"_L1).toArray().contains(QJsonValue(u"preview"_s));
    state.overloadDropped = integerOf(overload, "dropped"_L1);
    const QJsonArray destinations = object.value("destinations"_L1).toArray();
    for (const QJsonValue &destination : destinations)
        state.destinations.push_back(destinationFrom(destination.toObject()));
    return state;
}

ChannelState ChannelState::forgotten() const
{
    ChannelState state;
    state.name = name;
    state.width = width;
    state.height = height;
    state.fps = fps;
    state.isLoop = isLoop;
    state.phase = ChannelPhase::Unknown;
    return state;
}

bool ChannelState::isAiring() const
{
    return phase == ChannelPhase::OnAir || phase == ChannelPhase::Slate;
}

bool ChannelState::isGoing() const
{
    return phase == ChannelPhase::Starting || canTake();
}

bool ChannelState::isSlateInPlaceOfItem() const
{
    return phase == ChannelPhase::Slate && item.has_value();
}

bool ChannelState::isEmergencyOnAir() const
{
    return phase == ChannelPhase::Slate && emergency && emergency->isOnAir;
}

bool ChannelState::canTake() const
{
    return isAiring() || phase == ChannelPhase::Failed;
}

int ChannelState::runningDestinations() const
{
    return int(std::count_if(destinations.begin(), destinations.end(), [](const auto &destination) {
        return destination.phase == DestinationPhase::Running;
    }));
}

qint64 ChannelState::framesBehind() const
{
    return std::max<qint64>(0, frame - ackedFrame);
}

Health healthOf(ChannelPhase phase)
{
    switch (phase) {
    case ChannelPhase::Off:
    case ChannelPhase::Unknown:
        return Health::Idle;
    case ChannelPhase::OnAir:
        return Health::Good;
    case ChannelPhase::Starting:
    case ChannelPhase::Stopping:
    case ChannelPhase::Slate:
        return Health::Waiting;
    case ChannelPhase::Failed:
        return Health::Fault;
    }
    return Health::Idle;
}

Health healthOf(DestinationPhase phase)
{
    switch (phase) {
    case DestinationPhase::Running:
        return Health::Good;
    case DestinationPhase::Connecting:
    case DestinationPhase::Retrying:
        return Health::Waiting;
    case DestinationPhase::Failed:
        return Health::Fault;
    case DestinationPhase::Off:
    case DestinationPhase::Ended:
        return Health::Idle;
    }
    return Health::Idle;
}

Health healthOf(const ProcessState &process)
{
    if (process.state == "running"_L1)
        return Health::Good;
    if (process.state.isEmpty() || process.state == "off"_L1 || process.state == "stopped"_L1
        || process.state == "none"_L1)
        return Health::Idle;
    if (process.state == "failed"_L1 || process.state == "dead"_L1 || process.state == "stuck"_L1)
        return Health::Fault;
    return Health::Waiting;
}

Health healthOf(const LoudnessState &loudness)
{
    if (!loudness.isMeasured || !loudness.integrated)
        return Health::Idle;
    const std::optional<double> off = loudness.offTarget();
    return !off ? Health::Idle : *off == 0 ? Health::Good : Health::Waiting;
}

Health healthOf(LogoPhase phase)
{
    switch (phase) {
    case LogoPhase::Off:
    case LogoPhase::Ready:
    case LogoPhase::Hidden:
        return Health::Idle;
    case LogoPhase::Drawing:
        return Health::Waiting;
    case LogoPhase::Shown:
        return Health::Good;
    case LogoPhase::Failed:
        return Health::Fault;
    }
    return Health::Idle;
}

Health healthOfEncoder(const ChannelState &channel)
{
    const Health health = healthOf(channel.encoder);
    // Measured at the far end, it swings by a frame or two a second; before the first second it is
    // 0.
    constexpr double kKeepsUp = 0.95;
    const bool isSlow = channel.encoderSpeed > 0 && channel.encoderSpeed < kKeepsUp;
    return health == Health::Good && isSlow ? Health::Waiting : health;
}

Health healthOfDestinations(const ChannelState &channel)
{
    Health worst = Health::Idle;
    for (const DestinationState &destination : channel.destinations)
        worst = std::max(worst, healthOf(destination.phase));
    return worst;
}

} // namespace continuo
