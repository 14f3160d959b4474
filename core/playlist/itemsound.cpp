// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/playlist/itemsound.h"

#include <QJsonArray>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMostLanguages = 16;

bool isNumber(const QString &text)
{
    static const QRegularExpression number(u"^[0-9]{1,4}$"_s);
    return number.match(text).hasMatch();
}

} // namespace

Result<QStringList> languagesFromText(const QString &text)
{
    static const QRegularExpression code(u"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$"_s);
    QStringList languages;
    for (const QString &part : text.split(u',', Qt::SkipEmptyParts)) {
        const QString language = part.trimmed();
        if (!code.match(language).hasMatch())
            return Error{ErrorCode::InvalidArgument,
                         u"\"%1\" is no code of a language (de, eng, pt-BR)"_s.arg(language), 0};
        languages += language;
    }
    if (languages.size() > kMostLanguages)
        return Error{ErrorCode::InvalidArgument, u"more than %1 languages"_s.arg(kMostLanguages),
                     0};
    return languages;
}

Result<QString> soundFromText(const QString &text)
{
    if (isNumber(text.trimmed()))
        return QString::number(text.trimmed().toInt());
    Result<QStringList> languages = languagesFromText(text);
    if (!languages)
        return languages.error();
    return languages->join(u',');
}

QJsonObject tracksFor(const QString &itemSound, const QStringList &channelLanguages)
{
    QJsonObject tracks;
    QStringList languages;
    if (isNumber(itemSound))
        tracks.insert(u"sound"_s, itemSound.toInt());
    else if (const Result<QStringList> own = languagesFromText(itemSound))
        languages = own.value();
    languages += channelLanguages;
    if (!languages.isEmpty())
        tracks.insert(u"languages"_s, QJsonArray::fromStringList(languages));
    return tracks;
}

} // namespace continuo
