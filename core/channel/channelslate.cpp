// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/channel/channelslate.h"

#include "core/base/logging.h"
#include "core/channel/inheritance.h"
#include "core/playout/playout.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <utility>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace continuo {

namespace {

constexpr std::array kSlateWaits{1s, 5s, 30s}; // before it is drawn again
constexpr qint64 kMinuteMs = 60'000;
constexpr std::chrono::milliseconds kLateFrames = 5s;
constexpr qint64 kCardDrawing = 0; // the number of a card that stands in for a picture

} // namespace

ChannelSlate::ChannelSlate(QString channel, const HouseFormat &format, const QString &logFile,
                           SlateSettings settings, Save save, KeeperLink *keeper)
    : m_channel(std::move(channel))
    , m_format(format)
    , m_settings(std::move(settings))
    , m_save(std::move(save))
    , m_keeper(keeper)
    , m_errand(format, logFile)
{
    connect(&m_errand, &PlayerErrand::playerEntered, this, &ChannelSlate::playerEntered);
    m_again.setSingleShot(true);
    connect(&m_again, &QTimer::timeout, this, &ChannelSlate::restore);
    m_minute.setSingleShot(true);
    m_minute.setTimerType(Qt::PreciseTimer);
    connect(&m_minute, &QTimer::timeout, this, &ChannelSlate::lay);
}

void ChannelSlate::set(const QString &path, const Done &done)
{
    if (!path.isEmpty() && !path.startsWith(u'/'))
        return done(invalidArgument(u"\"%1\" is not an absolute path"_s.arg(path)));
    if (m_isSetting)
        return done(Error{ErrorCode::Busy, u"another slate is being drawn; try again"_s, 0});
    m_isSetting = true;
    m_again.stop();
    draw(path, [this, path, done](const Result<SlatePtr> &drawn) {
        m_isSetting = false;
        SlateSettings wanted = m_settings;
        wanted.path = path;
        ++wanted.drawing;
        Result<void> outcome;
        if (!drawn)
            outcome = Error{drawn.error().code,
                            path.isEmpty() ? drawn.error().detail
                                           : u"%1: %2"_s.arg(path, drawn.error().detail),
                            drawn.error().native};
        else
            outcome = m_save(wanted);
        if (outcome) {
            m_settings = wanted;
            show(drawn.value(), Look::AsSet);
        } else if (m_playout && !isAsSet()) {
            restore(); // was put off for this one
        }
        done(outcome);
    });
    Q_EMIT changed();
}

void ChannelSlate::draw(const QString &path, const std::function<void(Result<SlatePtr>)> &done)
{
    PlayerRequest request;
    request.isSlate = true;
    request.path = path;
    request.title = m_channel;
    request.text = {m_channel};
    m_errand.run(request, 2, [this, done](const Result<const Player *> &player) {
        if (!player)
            return done(player.error());
        const std::optional<SlotView> slot = player.value()->source()->slot(0);
        if (!slot)
            return done(
                Error{ErrorCode::Corrupt, u"its player handed over what is no picture"_s, 0});
        const std::optional<SlotView> digits = player.value()->source()->slot(1);
        done(Slate::create(slot->picture, digits ? digits->picture : nullptr, m_format));
    });
}

// As it was set, from the file as it is now.
void ChannelSlate::restore()
{
    if (!m_playout || m_isSetting)
        return;
    if (m_slate && !m_settings.path.isEmpty() && m_errand.abandoned() >= kManyAbandoned)
        return restoreLater(); // its file is where players do not end
    draw(m_settings.path, [this](const Result<SlatePtr> &drawn) {
        if (m_isSetting) // a client has asked for another meanwhile
            return;
        if (drawn)
            return show(drawn.value(), Look::AsSet);
        const bool isNew = !m_failure || m_failure->detail != drawn.error().detail;
        m_failure = drawn.error();
        if (m_settings.path.isEmpty()) {
            qCWarning(lcPlayout).noquote()
                << "no slate, black is shown meanwhile:" << m_failure->detail;
        } else if (isNew) {
            m_isFailureTold = true;
            Q_EMIT message(
                u"warning"_s, u"slate-failed"_s,
                u"the card is the slate, not %1: %2"_s.arg(m_settings.path, m_failure->detail));
        }
        Q_EMIT changed();
        if (m_settings.path.isEmpty() || m_slate)
            restoreLater();
        else
            restoreCard();
    });
    Q_EMIT changed();
}

void ChannelSlate::restoreCard()
{
    draw(QString(), [this](const Result<SlatePtr> &drawn) {
        if (m_isSetting)
            return;
        if (drawn)
            show(drawn.value(), Look::Card);
        else
            qCWarning(lcPlayout).noquote()
                << "no slate, black is shown meanwhile:" << drawn.error().detail;
        restoreLater();
    });
}

void ChannelSlate::restoreLater()
{
    m_again.start(kSlateWaits.at(std::min(m_tries++, kSlateWaits.size() - 1)));
}

void ChannelSlate::forgetFailure(const QString &text)
{
    m_tries = 0;
    m_failure.reset();
    if (std::exchange(m_isFailureTold, false))
        Q_EMIT message(u"info"_s, u"slate-failed-over"_s, text);
}

void ChannelSlate::show(const SlatePtr &slate, Look look)
{
    m_slate = slate;
    m_look = look;
    if (look == Look::AsSet) {
        m_again.stop();
        forgetFailure(m_settings.path.isEmpty() ? u"the card is the slate, as it was set"_s
                                                : u"the slate is %1 again"_s.arg(m_settings.path));
    }
    if (m_playout) {
        hold(look == Look::AsSet ? m_settings.drawing : kCardDrawing);
        lay();
    }
    Q_EMIT changed();
}

Result<void> ChannelSlate::setClock(bool hasClock)
{
    SlateSettings wanted = m_settings;
    wanted.hasClock = hasClock;
    if (Result<void> saved = m_save(wanted); !saved)
        return saved;
    m_settings = wanted;
    lay();
    Q_EMIT changed();
    return {};
}

// The clock's minute, and ahead of it the next one, which begins with its frame.
void ChannelSlate::lay()
{
    m_minute.stop();
    if (!m_playout || !m_slate)
        return;
    const bool isOwn = m_look == Look::AsSet && !m_settings.path.isEmpty();
    if (!m_slate->hasClock() || (isOwn && !m_settings.hasClock))
        return m_playout->setSlate({m_slate->picture(), {}, {}});
    const qint64 nowMs = QDateTime::currentMSecsSinceEpoch();
    const qint64 nextMs = (nowMs / kMinuteMs + 1) * kMinuteMs;
    const auto at = [this](qint64 ms) {
        const QTime time = QDateTime::fromMSecsSinceEpoch(ms).time();
        return m_slate->at(time.hour(), time.minute());
    };
    m_playout->setSlate({at(nowMs), at(nextMs), std::chrono::milliseconds(nextMs)});
    // When that is over for every frame: some are late.
    m_minute.start(std::chrono::milliseconds(nextMs - nowMs) + kLateFrames);
}

void ChannelSlate::takeHeld(std::map<QString, UniqueFd> &held)
{
    m_held.clear();
    const QString prefix = held::slate(m_channel, 0).chopped(1);
    for (auto entry = held.begin(); entry != held.end();) {
        if (!entry->first.startsWith(prefix)) {
            ++entry;
            continue;
        }
        auto taken = held.extract(entry++);
        const qint64 drawing = taken.key().mid(prefix.size()).toLongLong();
        m_held.insert(drawing);
        // What was set is kept before it is drawn: an engine may have died in between. Better the
        // one before than black, until it is drawn.
        const bool isSet = drawing == m_settings.drawing;
        if (isAsSet() && !isSet)
            continue;
        Result<SlatePtr> slate = Slate::attach(std::move(taken.mapped()), m_format);
        if (!slate) {
            qCWarning(lcStation).noquote() << taken.key() + u": "_s + slate.error().detail;
            continue;
        }
        m_slate = std::move(slate).value();
        m_look = isSet ? Look::AsSet : Look::Card;
    }
}

void ChannelSlate::begin(Playout &playout)
{
    m_playout = &playout;
    // Later, where the item on air is to have the machine to itself first.
    connect(m_playout, &Playout::slateMayBeDrawn, this, [this] {
        if (!isAsSet())
            restore();
    });
    if (!m_slate)
        return;
    hold(isAsSet() ? m_settings.drawing : kCardDrawing);
    lay();
}

void ChannelSlate::end()
{
    m_again.stop();
    m_minute.stop();
    if (m_playout)
        m_playout->disconnect(this);
    m_playout = nullptr;
    forgetFailure(u"no slate is needed: the channel is off air"_s);
    if (!m_isSetting)
        m_errand.cancel();
    dropAllBut({});
}

void ChannelSlate::hold(qint64 drawing)
{
    if (!m_keeper)
        return;
    // Also one that is held under this number already: a card of an engine before us.
    m_held.insert(drawing);
    if (Result<void> held = m_keeper->hold(held::slate(m_channel, drawing), m_slate->fd()); !held)
        qCWarning(lcStation) << "the keeper does not hold a slate:" << held.error().detail;
    dropAllBut({drawing});
}

void ChannelSlate::dropAllBut(const QSet<qint64> &drawings)
{
    if (!m_keeper)
        return;
    const QSet<qint64> unused = m_held - drawings;
    for (const qint64 drawing : unused) {
        m_held.remove(drawing);
        if (Result<void> dropped = m_keeper->drop(held::slate(m_channel, drawing)); !dropped)
            qCWarning(lcStation) << "the keeper may still hold a slate:" << dropped.error().detail;
    }
}

QJsonObject ChannelSlate::statusJson() const
{
    QJsonObject object = m_settings.toJson();
    QString state = m_playout && m_slate ? u"shown"_s : u"ready"_s;
    if (m_failure)
        state = u"failed"_s;
    else if (m_errand.isBusy())
        state = u"drawing"_s;
    object.insert(u"state"_s, state);
    if (m_failure) {
        object.insert(u"code"_s, errorCodeName(m_failure->code));
        object.insert(u"detail"_s, m_failure->detail);
    }
    return object;
}

} // namespace continuo
