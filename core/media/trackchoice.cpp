// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/media/trackchoice.h"

#include "core/base/logging.h"

#include <QLocale>

#include <algorithm>
#include <span>
#include <vector>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

constexpr int kMostLanguages = 16;
constexpr int kLongestCode = 35; // RFC 5646, 4.4.1
constexpr qsizetype kMostTracks = 64;
constexpr qsizetype kLongestTitle = 200;

std::span<AVStream *> streamsOf(const AVFormatContext *format)
{
    return {format->streams, format->nb_streams};
}

QString tag(const AVDictionary *metadata, const char *name)
{
    const AVDictionaryEntry *entry = av_dict_get(metadata, name, nullptr, 0);
    return entry ? QString::fromUtf8(entry->value).left(kLongestTitle) : QString();
}

bool isPlayable(const AVStream *stream, AVMediaType type)
{
    const AVCodecParameters *parameters = stream->codecpar;
    return parameters->codec_type == type && avcodec_find_decoder(parameters->codec_id)
        && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC)
        && (type != AVMEDIA_TYPE_AUDIO
            || (parameters->ch_layout.nb_channels > 0 && parameters->sample_rate > 0));
}

const AVProgram *programmeOf(const AVFormatContext *format, int number)
{
    const std::span programmes(format->programs, format->nb_programs);
    const auto found = std::ranges::find(programmes, number, &AVProgram::id);
    return found == programmes.end() ? nullptr : *found;
}

bool has(const AVProgram *programme, int index)
{
    const std::span indices(programme->stream_index, programme->nb_stream_indexes);
    return std::ranges::find(indices, unsigned(index)) != indices.end();
}

std::vector<const AVStream *> playable(const AVFormatContext *format, AVMediaType type,
                                       const AVProgram *programme)
{
    std::vector<const AVStream *> found;
    for (const AVStream *stream : streamsOf(format)) {
        if (isPlayable(stream, type) && (!programme || has(programme, stream->index)))
            found.push_back(stream);
    }
    return found;
}

// Sound for those who do not see or hear is for them alone.
int merit(const AVStream *stream)
{
    constexpr int kForSome = AV_DISPOSITION_HEARING_IMPAIRED | AV_DISPOSITION_VISUAL_IMPAIRED
        | AV_DISPOSITION_COMMENT | AV_DISPOSITION_DESCRIPTIONS;
    return (stream->disposition & kForSome ? 0 : 2)
        + (stream->disposition & AV_DISPOSITION_DEFAULT ? 1 : 0);
}

/// The first of the best; -1 when there is none.
int best(const std::vector<const AVStream *> &streams)
{
    const auto found = std::ranges::max_element(streams, {}, merit);
    return found == streams.end() ? -1 : (*found)->index;
}

int byLanguage(const std::vector<const AVStream *> &sounds, const QStringList &languages)
{
    for (const QString &language : languages) {
        std::vector<const AVStream *> spoken;
        std::ranges::copy_if(sounds, std::back_inserter(spoken), [&](const AVStream *stream) {
            return isSameLanguage(tag(stream->metadata, "language"), language);
        });
        if (!spoken.empty())
            return best(spoken);
    }
    return -1;
}

int chooseSound(AVFormatContext *format, const TrackChoice &choice, int picture,
                const AVProgram *asked)
{
    if (choice.sound >= 0) {
        if (choice.sound < int(format->nb_streams)
            && isPlayable(format->streams[choice.sound], AVMEDIA_TYPE_AUDIO))
            return choice.sound;
        qCWarning(lcMedia) << "there is no sound at" << choice.sound << "in it";
    }
    const AVProgram *programme = asked;
    if (!programme && picture >= 0)
        programme = av_find_program_from_stream(format, nullptr, picture);
    std::vector<const AVStream *> sounds = playable(format, AVMEDIA_TYPE_AUDIO, programme);
    if (const int spoken = byLanguage(sounds, choice.languages); spoken >= 0)
        return spoken;
    if (asked)
        return best(sounds);
    const AVCodec *decoder = nullptr;
    return av_find_best_stream(format, AVMEDIA_TYPE_AUDIO, -1, picture, &decoder, 0);
}

QStringView primary(QStringView code)
{
    const auto end = std::ranges::find_if(code, [](QChar c) { return c == u'-' || c == u'_'; });
    return code.first(end - code.begin()).trimmed();
}

} // namespace

TrackChoice TrackChoice::fromJson(const QJsonObject &object)
{
    TrackChoice choice;
    choice.sound = std::max(object.value(u"sound"_s).toInt(-1), -1);
    choice.programme = std::max(object.value(u"programme"_s).toInt(-1), -1);
    for (const QJsonValue value : object.value(u"languages"_s).toArray()) {
        const QString code = value.toString();
        if (!code.isEmpty() && code.size() <= kLongestCode
            && choice.languages.size() < kMostLanguages)
            choice.languages += code;
    }
    return choice;
}

bool isSameLanguage(const QString &one, const QString &other)
{
    const QStringView a = primary(one);
    const QStringView b = primary(other);
    if (a.isEmpty() || b.isEmpty())
        return false;
    // "de" is "ger" and "deu".
    const QLocale::Language language = QLocale::codeToLanguage(a);
    if (language != QLocale::AnyLanguage && language != QLocale::C)
        return language == QLocale::codeToLanguage(b);
    return a.compare(b, Qt::CaseInsensitive) == 0;
}

ChosenStreams chooseStreams(AVFormatContext *format, const TrackChoice &choice, bool wantsPicture)
{
    ChosenStreams chosen;
    const AVProgram *programme
        = choice.programme >= 0 ? programmeOf(format, choice.programme) : nullptr;
    if (choice.programme >= 0 && !programme)
        qCWarning(lcMedia) << "there is no programme" << choice.programme << "in it";
    if (wantsPicture && programme)
        chosen.picture = best(playable(format, AVMEDIA_TYPE_VIDEO, programme));
    else if (wantsPicture)
        chosen.picture = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    // Cover art counts as sound-only; the reader shows it if it can.
    if (chosen.picture >= 0
        && (format->streams[chosen.picture]->disposition & AV_DISPOSITION_ATTACHED_PIC))
        chosen.picture = -1;
    chosen.sound = chooseSound(format, choice, chosen.picture, programme);
    return chosen;
}

QJsonArray tracksJson(const AVFormatContext *format, const ChosenStreams &chosen)
{
    QJsonArray tracks;
    for (AVStream *stream : streamsOf(format)) {
        const AVCodecParameters *parameters = stream->codecpar;
        const bool isSound = parameters->codec_type == AVMEDIA_TYPE_AUDIO;
        if ((!isSound && parameters->codec_type != AVMEDIA_TYPE_VIDEO)
            || (stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
            continue;
        if (tracks.size() == kMostTracks)
            break;
        QJsonObject track{
            {u"index"_s, stream->index},
            {u"kind"_s, isSound ? u"sound"_s : u"picture"_s},
            {u"codec"_s, QString::fromUtf8(avcodec_get_name(parameters->codec_id))},
            {u"language"_s, tag(stream->metadata, "language")},
            {u"title"_s, tag(stream->metadata, "title")},
            {u"default"_s, (stream->disposition & AV_DISPOSITION_DEFAULT) != 0},
            {u"chosen"_s, stream->index == chosen.picture || stream->index == chosen.sound}};
        if (isSound)
            track.insert(u"channels"_s, parameters->ch_layout.nb_channels);
        for (const AVProgram *programme : std::span(format->programs, format->nb_programs)) {
            if (has(programme, stream->index))
                track.insert(u"programme"_s, programme->id);
        }
        tracks.append(track);
    }
    return tracks;
}

} // namespace continuo
