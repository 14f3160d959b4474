// SPDX-License-Identifier: GPL-3.0-or-later
// What the settings of a channel ask of the engine.
#include "ui/models/stationpresenter.h"

#include "core/base/logging.h"

#include <QJsonArray>

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

ChannelForm formOf(const ChannelState &channel)
{
    ChannelForm form;
    form.targetLufs = channel.loudness.target;
    form.languages = channel.languages.join(u", "_s);
    form.slate = channel.slate.path;
    form.hasSlateClock = channel.slate.hasClock;
    form.emergency = channel.emergency ? channel.emergency->path : QString();
    return form;
}

// As channel.set takes it; the logo is not of it.
QJsonObject settingsOf(const ChannelForm &form)
{
    return {{u"loudness"_s, form.targetLufs ? QString::number(*form.targetLufs) : u"off"_s},
            {u"languages"_s, form.languages},
            {u"slate"_s, form.slate},
            {u"slateClock"_s, form.hasSlateClock},
            {u"emergency"_s, form.emergency}};
}

// What channel.set is to be asked for; empty when it is so already.
QJsonObject changedSettings(const ChannelState &before, const QList<ChannelForm> &refused,
                            const ChannelForm &form)
{
    const QJsonObject was = settingsOf(formOf(before));
    const QJsonObject wanted = settingsOf(form);
    QJsonObject params;
    for (auto setting = wanted.begin(); setting != wanted.end(); ++setting) {
        const QJsonValue old = was.value(setting.key());
        const bool mayBeAnother = std::ranges::any_of(refused, [&](const ChannelForm &asked) {
            return settingsOf(asked).value(setting.key()) != old;
        });
        if (mayBeAnother || setting.value() != old)
            params.insert(setting.key(), setting.value());
    }
    if (!params.isEmpty())
        params.insert(u"name"_s, before.name);
    return params;
}

QJsonObject logoParams(const LogoState &logo)
{
    QJsonObject params{{u"path"_s, logo.path},
                       {u"widthPercent"_s, logo.widthPercent},
                       {u"opacity"_s, logo.opacity},
                       {u"fade"_s, logo.fade},
                       {u"offFor"_s, QJsonArray::fromStringList(logo.offFor)},
                       {u"onSlate"_s, logo.isOnSlate}};
    if (logo.corner.isEmpty()) {
        params.insert(u"x"_s, logo.x);
        params.insert(u"y"_s, logo.y);
    } else {
        params.insert(u"corner"_s, logo.corner);
    }
    return params;
}

// logo.set or logo.off and what it is to be asked for; without a name when it is so already.
std::pair<QString, QJsonObject> changedLogo(const ChannelState &before, const LogoState &wanted)
{
    const bool isOn = before.logo && before.logo->isOn;
    QJsonObject params{{u"channel"_s, before.name}};
    if (!wanted.isOn)
        return {isOn ? u"logo.off"_s : QString(), params};
    const QJsonObject logo = logoParams(wanted);
    // One that failed is tried again: its file may have been mended.
    const bool isSame
        = isOn && before.logo->phase != LogoPhase::Failed && logoParams(*before.logo) == logo;
    for (auto param = logo.begin(); param != logo.end(); ++param)
        params.insert(param.key(), param.value());
    return {isSame ? QString() : u"logo.set"_s, params};
}

} // namespace

void StationPresenter::setUpChannel(const ChannelState &before, const QList<ChannelForm> &refused,
                                    const ChannelForm &form,
                                    const std::function<void(const QString &problem)> &done)
{
    const auto [method, params] = changedLogo(before, form.logo);
    const QJsonObject settings = changedSettings(before, refused, form);
    const auto setLogo = [this, method = method, params = params, settings, done] {
        if (method.isEmpty())
            return done({});
        m_link.call(method, params, this, [settings, done](const Result<QJsonObject> &reply) {
            if (reply)
                return done({});
            qCInfo(lcConsole).noquote() << "the logo was refused:" << reply.error().detail;
            const QString words = Wording::logoRefusal(reply.error());
            done(settings.isEmpty() ? words : tr("%1 All else is set.").arg(words));
        });
    };
    if (settings.isEmpty())
        return setLogo();
    m_link.call(u"channel.set"_s, settings, this,
                [setLogo, done, settings](const Result<QJsonObject> &reply) {
                    if (reply)
                        return setLogo();
                    qCInfo(lcConsole).noquote()
                        << "channel.set was refused:" << reply.error().detail;
                    done(Wording::settingsRefusal(reply.error(), settings));
                });
}

void StationPresenter::toggleLogo()
{
    const ChannelState *channel = selected();
    if (!channel || !channel->logo)
        return;
    const QString method = channel->logo->isOn ? u"logo.off"_s : u"logo.set"_s;
    m_link.call(method, {{u"channel"_s, m_selected}}, this,
                [this, method](const Result<QJsonObject> &reply) {
                    if (!reply)
                        report(reply.error(), method,
                               {Wording::logoRefusal(reply.error()), reply.error().detail});
                });
}

} // namespace continuo
