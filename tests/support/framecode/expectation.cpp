// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/expectation.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <map>

using namespace Qt::StringLiterals;

namespace framecode {

namespace {

Outcome<QJsonObject> readObject(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return Failure{u"%1: %2"_s.arg(path, file.errorString())};
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    if (!document.isObject())
        return Failure{u"%1 is no JSON object: %2"_s.arg(path, error.errorString())};
    return document.object();
}

/// Sidecars by path: a list may name the same clip a thousand times.
class ClipStore {
public:
    explicit ClipStore(const QString &besides)
        : m_folder(QFileInfo(besides).absoluteDir())
    {
    }

    Outcome<std::shared_ptr<const Clip>> clip(const QString &reference)
    {
        const QString path = m_folder.absoluteFilePath(reference);
        auto &known = m_clips[path];
        if (!known) {
            Outcome<Clip> read = readSidecar(path);
            if (!read)
                return Failure{read.error()};
            known = std::make_shared<const Clip>(std::move(read.value()));
        }
        return known;
    }

private:
    QDir m_folder;
    std::map<QString, std::shared_ptr<const Clip>> m_clips;
};

} // namespace

Outcome<Slate> parseSlate(const QString &word)
{
    if (word == u"never"_s)
        return Slate::Never;
    if (word == u"ends"_s)
        return Slate::AtEnds;
    if (word == u"anywhere"_s)
        return Slate::Anywhere;
    return Failure{u"slate is '%1', not never, ends or anywhere"_s.arg(word)};
}

std::vector<int> houseFramesOf(const Clip &clip, const Rate &fps)
{
    // Ticks to house frames: t * tick * fps.
    const Rate scale{clip.tick.num * fps.num, clip.tick.den * fps.den};
    const std::int64_t count = roundedProduct(clip.durationTicks, scale);
    std::vector<int> shown;
    shown.reserve(static_cast<std::size_t>(count));
    std::size_t source = 0;
    for (std::int64_t frame = 0; frame < count; ++frame) {
        while (source + 1 < clip.times.size()
               && roundedProduct(clip.times[source + 1], scale) <= frame)
            ++source;
        shown.push_back(static_cast<int>(source));
    }
    return shown;
}

Outcome<Expectation> readExpectation(const QString &path)
{
    const Outcome<QJsonObject> read = readObject(path);
    if (!read)
        return Failure{read.error()};
    const QJsonObject &object = read.value();
    Expectation expectation;
    const Outcome<Rate> fps = parseRate(object.value("fps"_L1).toString(u"30/1"_s));
    if (!fps)
        return Failure{u"%1: fps: %2"_s.arg(path, fps.error())};
    expectation.fps = fps.value();
    const Outcome<Slate> slate = parseSlate(object.value("slate"_L1).toString(u"ends"_s));
    if (!slate)
        return Failure{u"%1: %2"_s.arg(path, slate.error())};
    expectation.slate = slate.value();
    expectation.times = object.value("times"_L1).toInt(1);
    expectation.loop = object.value("loop"_L1).toBool();
    expectation.heldAtCut = object.value("held"_L1).toInt();
    if (object.value("start"_L1).toString() == u"anywhere"_s)
        expectation.begin = Begin::Anywhere;
    if (object.value("end"_L1).toString() == u"anywhere"_s || expectation.loop)
        expectation.end = End::Anywhere;
    ClipStore store(path);
    const QJsonArray items = object.value("items"_L1).toArray();
    for (const QJsonValue &value : items) {
        const QJsonObject entry = value.toObject();
        const Outcome<std::shared_ptr<const Clip>> clip
            = store.clip(entry.value("sidecar"_L1).toString());
        if (!clip)
            return Failure{clip.error()};
        ExpectedItem item{clip.value(), entry.value("from"_L1).toInt(), std::nullopt,
                          entry.value("cut"_L1).toBool()};
        if (entry.value("to"_L1).isDouble())
            item.to = entry.value("to"_L1).toInt();
        expectation.items.push_back(std::move(item));
    }
    if (expectation.items.empty())
        return Failure{u"%1 names no items"_s.arg(path)};
    return expectation;
}

Outcome<Expectation> expectationOfList(const QString &listPath, const Rate &fps)
{
    const Outcome<QJsonObject> read = readObject(listPath);
    if (!read)
        return Failure{read.error()};
    Expectation expectation;
    expectation.fps = fps;
    ClipStore store(listPath);
    const QJsonArray clips = read.value().value("clips"_L1).toArray();
    for (const QJsonValue &value : clips) {
        const Outcome<std::shared_ptr<const Clip>> clip
            = store.clip(value.toObject().value("file"_L1).toString());
        if (!clip)
            return Failure{clip.error()};
        expectation.items.push_back({clip.value(), 0, std::nullopt, false});
    }
    if (expectation.items.empty())
        return Failure{u"%1 names no clips"_s.arg(listPath)};
    return expectation;
}

ExpectedSequence::ExpectedSequence(const Expectation &expectation)
{
    std::map<const Clip *, std::shared_ptr<const std::vector<int>>> known;
    for (const ExpectedItem &item : expectation.items) {
        auto &frames = known[item.clip.get()];
        if (!frames) {
            frames = std::make_shared<const std::vector<int>>(
                houseFramesOf(*item.clip, expectation.fps));
        }
        const auto count = static_cast<int>(frames->size());
        const int first = std::clamp(item.from, 0, count);
        const int end = std::clamp(item.to.value_or(count), first, count);
        m_items.push_back({item, frames, first, end});
        m_framesInPass += end - first;
    }
    const auto perPass = static_cast<std::int64_t>(m_items.size());
    m_ordinals = expectation.loop ? -1 : perPass * std::max(1, expectation.times);
}

const ExpectedSequence::Entry &ExpectedSequence::entry(std::int64_t ordinal) const
{
    return m_items[static_cast<std::size_t>(itemIndex(ordinal))];
}

int ExpectedSequence::itemIndex(std::int64_t ordinal) const
{
    return static_cast<int>(ordinal % static_cast<std::int64_t>(m_items.size()));
}

const ExpectedItem &ExpectedSequence::item(std::int64_t ordinal) const
{
    return entry(ordinal).item;
}

int ExpectedSequence::firstFrame(std::int64_t ordinal) const
{
    return entry(ordinal).first;
}

int ExpectedSequence::endFrame(std::int64_t ordinal) const
{
    return entry(ordinal).end;
}

bool ExpectedSequence::isEnd(const Position &position) const
{
    return isEmpty() || (m_ordinals >= 0 && position.ordinal >= m_ordinals);
}

ExpectedSequence::Position ExpectedSequence::settled(Position position) const
{
    while (!isEnd(position) && position.frame >= entry(position.ordinal).end) {
        ++position.ordinal;
        position.frame = isEnd(position) ? 0 : entry(position.ordinal).first;
    }
    return position;
}

ExpectedSequence::Position ExpectedSequence::first() const
{
    return isEmpty() ? Position{} : settled({0, m_items.front().first});
}

ExpectedSequence::Position ExpectedSequence::advanced(Position position, std::int64_t frames) const
{
    while (frames > 0 && !isEnd(position)) {
        const std::int64_t left = entry(position.ordinal).end - position.frame;
        const std::int64_t step = std::min(left, frames);
        position.frame += static_cast<int>(step);
        frames -= step;
        position = settled(position);
    }
    return position;
}

ExpectedSequence::Position ExpectedSequence::nextItem(const Position &position) const
{
    if (isEnd(position))
        return position;
    return settled({position.ordinal, entry(position.ordinal).end});
}

std::int64_t ExpectedSequence::distance(Position from, const Position &to) const
{
    std::int64_t frames = 0;
    while (!isEnd(from) && from.ordinal < to.ordinal) {
        frames += entry(from.ordinal).end - from.frame;
        from = nextItem(from);
    }
    return isEnd(from) || isEnd(to) ? frames : frames + to.frame - from.frame;
}

int ExpectedSequence::clipAt(const Position &position) const
{
    return entry(position.ordinal).item.clip->id;
}

int ExpectedSequence::sourceFrameAt(const Position &position) const
{
    return (*entry(position.ordinal).frames)[static_cast<std::size_t>(position.frame)];
}

std::vector<ExpectedSequence::Position> ExpectedSequence::placesOf(int clip, int sourceFrame) const
{
    std::vector<Position> places;
    for (std::size_t index = 0; index < m_items.size(); ++index) {
        const Entry &entry = m_items[index];
        if (entry.item.clip->id != clip)
            continue;
        const auto begin = entry.frames->begin();
        // Source frames never run backwards within an item.
        const auto range = std::equal_range(begin + entry.first, begin + entry.end, sourceFrame);
        for (auto at = range.first; at != range.second; ++at)
            places.push_back({static_cast<std::int64_t>(index), static_cast<int>(at - begin)});
    }
    return places;
}

} // namespace framecode
