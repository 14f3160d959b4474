// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/streamkey.h"

#include <QStringList>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

// Cut up as text, not with QUrl: that would re-encode a key that holds % or spaces.
struct UrlParts {
    QString scheme; // lower case, without ':'
    QString authority;
    QString path; // with its leading slash
    QString query; // without '?'
    bool isUrl = false;
};

UrlParts cutUp(const QString &text)
{
    UrlParts parts;
    const qsizetype mark = text.indexOf("://"_L1);
    if (mark <= 0)
        return parts;
    parts.isUrl = true;
    parts.scheme = text.left(mark).toLower();
    const qsizetype begin = mark + 3;
    qsizetype end = begin;
    while (end < text.size() && text[end] != u'/' && text[end] != u'?')
        ++end;
    parts.authority = text.mid(begin, end - begin);
    const qsizetype question = text.indexOf(u'?', end);
    parts.path = text.mid(end, question < 0 ? -1 : question - end);
    parts.query = question < 0 ? QString() : text.mid(question + 1);
    return parts;
}

bool isSecretName(const QString &parameter)
{
    static constexpr std::array kWords{"key"_L1,      "token"_L1, "pass"_L1,
                                       "secret"_L1,   "auth"_L1,  "sig"_L1,
                                       "streamid"_L1, "pwd"_L1,   "credential"_L1};
    const QString name = parameter.section(u'=', 0, 0);
    return std::any_of(kWords.begin(), kWords.end(), [&](QLatin1StringView word) {
        return name.contains(word, Qt::CaseInsensitive);
    });
}

// A port is a number. If it is not, this was the beginning of a password with one of "/?#" in it.
bool isPasswordCutShort(const QString &authority)
{
    const qsizetype colon = authority.lastIndexOf(u':');
    if (colon < 0 || authority.startsWith(u'[') || authority.contains(u'@'))
        return false;
    return !std::all_of(authority.begin() + colon + 1, authority.end(),
                        [](QChar c) { return c >= u'0' && c <= u'9'; });
}

StreamAddress splitRtmp(const QString &target, const UrlParts &parts, const QString &givenKey)
{
    QString path = parts.path;
    while (path.endsWith(u'/'))
        path.chop(1);
    const qsizetype last = path.lastIndexOf(u'/');
    const QString base = target.left(target.indexOf("://"_L1) + 3) + parts.authority;
    const QString query = parts.query.isEmpty() ? QString() : u'?' + parts.query;
    if (!givenKey.isEmpty())
        return {base + path, givenKey + query};
    if (last <= 0) // one component: the app; a query after it can only be a credential
        return {query.isEmpty() ? target : base + path, query};
    return {base + path.left(last), path.mid(last + 1) + query};
}

StreamAddress splitQuery(const QString &target, const UrlParts &parts)
{
    QStringList open;
    QStringList secret;
    for (const QString &parameter : parts.query.split(u'&', Qt::SkipEmptyParts))
        (isSecretName(parameter) ? secret : open).append(parameter);
    if (secret.isEmpty())
        return {target, {}};
    const QString base = target.left(target.indexOf(u'?'));
    return {open.isEmpty() ? base : base + u'?' + open.join(u'&'), u'?' + secret.join(u'&')};
}

} // namespace

StreamAddress splitStreamKey(const QString &target, const QString &givenKey)
{
    const UrlParts parts = cutUp(target);
    if (!parts.isUrl || parts.scheme == "file"_L1)
        return {target, givenKey};
    const qsizetype schemeEnd = parts.scheme.size() + 3;
    if (isPasswordCutShort(parts.authority)) {
        const QString rest = givenKey.isEmpty() ? QString() : u'/' + givenKey;
        return {target.left(schemeEnd), u"//"_s + target.mid(schemeEnd) + rest};
    }
    const qsizetype at = parts.authority.lastIndexOf(u'@');
    if (parts.authority.left(std::max<qsizetype>(at, 0)).contains(u':')) {
        QString open = target;
        open.remove(schemeEnd, at + 1);
        const StreamAddress inner = splitStreamKey(open, givenKey);
        // All of it is the key then, for the password stands in its middle.
        const QString credentials = parts.authority.left(at + 1);
        const QString rest = joinStreamKey(inner).mid(schemeEnd);
        return {inner.url, u"//"_s + credentials + rest};
    }
    if (givenKey.startsWith(u'?') || givenKey.startsWith("//"_L1))
        return {target, givenKey}; // split before
    if (parts.scheme.startsWith("rtmp"_L1))
        return splitRtmp(target, parts, givenKey);
    return givenKey.isEmpty() ? splitQuery(target, parts) : StreamAddress{target, givenKey};
}

QString joinStreamKey(const StreamAddress &address)
{
    const QString &key = address.key;
    if (key.isEmpty())
        return address.url;
    if (key.startsWith("//"_L1))
        return address.url.left(address.url.indexOf(u':') + 1) + key;
    if (key.startsWith(u'?'))
        return address.url + (address.url.contains(u'?') ? u"&"_s + key.mid(1) : key);
    return address.url + (address.url.endsWith(u'/') ? QString() : u"/"_s) + key;
}

} // namespace continuo
