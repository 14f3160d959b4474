// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/framecode/barcode.h"
#include "tests/support/framecode/check.h"
#include "tests/support/framecode/clipmaker.h"
#include "tests/support/framecode/mediareader.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QStringList>

#include <csignal>
#include <cstdio>

using namespace Qt::StringLiterals;
using namespace framecode;

namespace {

constexpr int kPassed = 0;
constexpr int kFaults = 1;
constexpr int kFailed = 2;

const QString kUsage
    = u"Usage: framecode make OUT [options]     make a clip, and OUT.framecode.json\n"
      "       framecode corpus DIR [--seconds S]  make the twelve clips, and DIR/list.json\n"
      "       framecode check INPUT [options]    judge a file, HLS folder or address\n"
      "       framecode read INPUT [--crop WxH+X+Y]  print the code of each picture\n"
      "\n"
      "Exit status: 0 passed, 1 faults found, 2 could not be done.\n"
      "Say 'framecode COMMAND --help' for the options.\n"_s;

void print(FILE *where, const QString &text)
{
    std::fputs(text.toUtf8().constData(), where);
}

int failed(const QString &text)
{
    print(stderr, u"framecode: %1\n"_s.arg(text));
    return kFailed;
}

/// Options of a command, with one positional argument.
class Command {
public:
    Command(const QString &name, const QString &argument, const QString &description)
        : m_name(name)
    {
        m_parser.setApplicationDescription(description);
        m_parser.addHelpOption();
        m_parser.addPositionalArgument(argument, description);
    }

    void option(const QString &name, const QString &text, const QString &value,
                const QString &standard = {})
    {
        m_parser.addOption(QCommandLineOption(name, text, value, standard));
    }
    void flag(const QString &name, const QString &text)
    {
        m_parser.addOption(QCommandLineOption(name, text));
    }

    Outcome<QString> parse(const QStringList &words)
    {
        if (!m_parser.parse(QStringList{u"framecode "_s + m_name} + words))
            return Failure{m_parser.errorText()};
        if (m_parser.isSet(u"help"_s)) {
            print(stdout, m_parser.helpText());
            std::exit(kPassed);
        }
        if (m_parser.positionalArguments().size() != 1)
            return Failure{u"one argument is wanted; see framecode %1 --help"_s.arg(m_name)};
        return m_parser.positionalArguments().first();
    }

    bool has(const QString &name) const { return m_parser.isSet(name); }
    QString text(const QString &name) const { return m_parser.value(name); }
    Outcome<int> number(const QString &name) const
    {
        bool ok = false;
        const int value = text(name).toInt(&ok);
        if (!ok)
            return Failure{u"--%1 %2 is no whole number"_s.arg(name, text(name))};
        return value;
    }

private:
    QString m_name;
    QCommandLineParser m_parser;
};

Outcome<std::pair<int, int>> parseSize(const QString &text)
{
    const QStringList parts = text.split(u'x');
    bool first = false;
    bool second = false;
    const int width = parts.first().toInt(&first);
    const int height = parts.last().toInt(&second);
    if (parts.size() != 2 || !first || !second)
        return Failure{u"'%1' is no size: say 1280x720"_s.arg(text)};
    return std::pair(width, height);
}

Outcome<Fields> parseFields(const QString &text)
{
    if (text.isEmpty())
        return Fields::Progressive;
    if (text == u"tff"_s)
        return Fields::TopFirst;
    if (text == u"bff"_s)
        return Fields::BottomFirst;
    return Failure{u"--interlaced takes tff or bff"_s};
}

Outcome<ClipRecipe> recipeOf(const Command &command, const QString &output)
{
    ClipRecipe recipe;
    recipe.output = output;
    const std::pair<QString, int *> numbers[]{{u"clip"_s, &recipe.id},
                                              {u"frames"_s, &recipe.frames},
                                              {u"rate"_s, &recipe.sampleRate},
                                              {u"channels"_s, &recipe.channels},
                                              {u"audio-delta"_s, &recipe.audioDeltaMs},
                                              {u"rotate"_s, &recipe.turnClockwise}};
    for (const auto &[name, target] : numbers) {
        const Outcome<int> value = command.number(name);
        if (!value)
            return Failure{value.error()};
        *target = value.value();
    }
    const Outcome<Rate> fps = parseRate(command.text(u"fps"_s));
    const Outcome<std::pair<int, int>> size = parseSize(command.text(u"size"_s));
    const Outcome<Rate> aspect = parseRate(command.text(u"sar"_s));
    const Outcome<Fields> fields = parseFields(command.text(u"interlaced"_s));
    if (!fps)
        return Failure{fps.error()};
    if (!size)
        return Failure{size.error()};
    if (!aspect)
        return Failure{aspect.error()};
    if (!fields)
        return Failure{fields.error()};
    recipe.fps = fps.value();
    recipe.width = size.value().first;
    recipe.height = size.value().second;
    recipe.sampleAspect = aspect.value();
    recipe.fields = fields.value();
    if (command.has(u"dar"_s)) {
        const Outcome<Rate> dar = parseRate(command.text(u"dar"_s));
        if (!dar)
            return Failure{dar.error()};
        const Outcome<Rate> sar = parseRate(
            u"%1/%2"_s.arg(dar.value().num * recipe.height).arg(dar.value().den * recipe.width));
        if (!sar)
            return Failure{sar.error()};
        recipe.sampleAspect = sar.value();
    }
    if (command.has(u"vfr"_s)) {
        const Outcome<int> seed = command.number(u"vfr"_s);
        if (!seed)
            return Failure{seed.error()};
        recipe.irregularSeed = static_cast<std::uint32_t>(seed.value());
    }
    recipe.videoCodec = command.text(u"vcodec"_s);
    recipe.audioCodec = command.text(u"acodec"_s);
    recipe.bitrate = command.text(u"bitrate"_s);
    return recipe;
}

int make(const QStringList &words)
{
    Command command(u"make"_s, u"OUT"_s, u"Makes a frame-coded clip."_s);
    command.option(u"clip"_s, u"Number of the clip, 1 to 4095."_s, u"ID"_s, u"1"_s);
    command.option(u"frames"_s, u"Length in frames."_s, u"N"_s, u"150"_s);
    command.option(u"fps"_s, u"Frames a second."_s, u"R"_s, u"30"_s);
    command.option(u"size"_s, u"Size as stored."_s, u"WxH"_s, u"1280x720"_s);
    command.option(u"vcodec"_s, u"h264, hevc, vp9, mpeg2, mpeg4, prores."_s, u"NAME"_s, u"h264"_s);
    command.option(u"acodec"_s, u"aac, mp3, opus, vorbis, mp2, pcm, ac3, flac, none."_s, u"NAME"_s,
                   u"aac"_s);
    command.option(u"rate"_s, u"Samples a second."_s, u"N"_s, u"48000"_s);
    command.option(u"channels"_s, u"1, 2 or 6."_s, u"N"_s, u"2"_s);
    command.option(u"audio-delta"_s, u"Sound longer than the picture by that much."_s, u"MS"_s,
                   u"0"_s);
    command.option(u"vfr"_s, u"Irregular frame times."_s, u"SEED"_s);
    command.option(u"rotate"_s, u"Rotation flag: 90, 180, 270 (mp4, mov)."_s, u"DEGREES"_s, u"0"_s);
    command.option(u"sar"_s, u"Shape of a pixel."_s, u"A:B"_s, u"1:1"_s);
    command.option(u"dar"_s, u"Shape of the picture, instead of --sar."_s, u"A:B"_s);
    command.option(u"interlaced"_s, u"tff or bff."_s, u"ORDER"_s);
    command.option(u"bitrate"_s, u"Of the picture, such as 1M."_s, u"RATE"_s);
    const Outcome<QString> output = command.parse(words);
    if (!output)
        return failed(output.error());
    const Outcome<ClipRecipe> recipe = recipeOf(command, output.value());
    if (!recipe)
        return failed(recipe.error());
    const Outcome<Clip> clip = makeClip(recipe.value());
    if (!clip)
        return failed(clip.error());
    print(stdout,
          u"%1: clip %2, %3 frames, %4 s\n"_s.arg(output.value())
              .arg(clip.value().id)
              .arg(clip.value().times.size())
              .arg(clip.value().durationSeconds()));
    return kPassed;
}

int corpus(const QStringList &words)
{
    Command command(u"corpus"_s, u"DIR"_s, u"Makes the twelve clips of different make."_s);
    command.option(u"seconds"_s, u"Length of each."_s, u"S"_s, u"5"_s);
    const Outcome<QString> folder = command.parse(words);
    if (!folder)
        return failed(folder.error());
    bool ok = false;
    const double seconds = command.text(u"seconds"_s).toDouble(&ok);
    if (!ok || seconds < 0.5 || seconds > 3600)
        return failed(u"--seconds must be 0.5 to 3600"_s);
    const Outcome<QString> list = makeCorpus(folder.value(), seconds);
    if (!list)
        return failed(list.error());
    print(stdout, list.value() + u'\n');
    return kPassed;
}

Outcome<std::optional<Expectation>> expectationOf(const Command &command)
{
    std::optional<Expectation> expectation;
    if (command.has(u"expect"_s)) {
        Outcome<Expectation> read = readExpectation(command.text(u"expect"_s));
        if (!read)
            return Failure{read.error()};
        expectation = read.value();
    } else if (command.has(u"list"_s)) {
        const Outcome<Rate> fps = parseRate(command.text(u"fps"_s));
        const Outcome<int> times = command.number(u"times"_s);
        if (!fps)
            return Failure{fps.error()};
        if (!times)
            return Failure{times.error()};
        Outcome<Expectation> read = expectationOfList(command.text(u"list"_s), fps.value());
        if (!read)
            return Failure{read.error()};
        expectation = read.value();
        expectation->times = times.value();
        expectation->loop = command.has(u"loop"_s);
        for (ExpectedItem &item : expectation->items)
            item.cut = command.has(u"cut"_s);
        if (expectation->loop)
            expectation->end = End::Anywhere;
    }
    if (expectation && command.has(u"held"_s)) {
        const Outcome<int> held = command.number(u"held"_s);
        if (!held)
            return Failure{held.error()};
        expectation->heldAtCut = held.value();
    }
    if (expectation && command.has(u"slate"_s)) {
        const Outcome<Slate> slate = parseSlate(command.text(u"slate"_s));
        if (!slate)
            return Failure{slate.error()};
        expectation->slate = slate.value();
    }
    if (expectation && command.has(u"anywhere"_s)) {
        expectation->begin = Begin::Anywhere;
        expectation->end = End::Anywhere;
    }
    return expectation;
}

int checkInput(const QStringList &words)
{
    Command command(u"check"_s, u"INPUT"_s, u"Judges a file, HLS folder, playlist or address."_s);
    command.option(u"expect"_s, u"What must have been aired (see expectation.h)."_s, u"FILE"_s);
    command.option(u"list"_s, u"Instead: every clip of a list.json, in order."_s, u"FILE"_s);
    command.option(u"times"_s, u"With --list: how often."_s, u"N"_s, u"1"_s);
    command.flag(u"loop"_s, u"With --list: for ever."_s);
    command.flag(u"cut"_s, u"With --list: every item may end early (skips)."_s);
    command.option(u"held"_s, u"Repeated frames allowed where an item was left early."_s, u"N"_s);
    command.option(u"slate"_s, u"Frames without a code: never, ends, anywhere."_s, u"WHERE"_s);
    command.option(u"fps"_s, u"House rate, with --list or without any list."_s, u"R"_s, u"30"_s);
    command.flag(u"anywhere"_s, u"The input may begin and end in the middle."_s);
    command.option(u"follow"_s, u"Collect for that long what appears."_s, u"SECONDS"_s);
    command.option(u"av-tolerance"_s, u"Instead of one frame."_s, u"MS"_s);
    command.option(u"tick"_s, u"Timestamps are rounded to that (1/1000 after RTMP)."_s,
                   u"SECONDS"_s);
    command.flag(u"json"_s, u"Report as JSON (see report.h)."_s);
    const Outcome<QString> input = command.parse(words);
    if (!input)
        return failed(input.error());
    const Outcome<std::optional<Expectation>> expectation = expectationOf(command);
    if (!expectation)
        return failed(expectation.error());
    CheckOptions options;
    options.follow = std::chrono::milliseconds(
        static_cast<qint64>(command.text(u"follow"_s).toDouble() * 1000));
    if (command.has(u"av-tolerance"_s))
        options.avToleranceMs = command.text(u"av-tolerance"_s).toDouble();
    if (command.has(u"fps"_s)) {
        const Outcome<Rate> fps = parseRate(command.text(u"fps"_s));
        if (!fps)
            return failed(fps.error());
        options.fps = fps.value();
    }
    if (command.has(u"tick"_s)) {
        const Outcome<Rate> tick = parseRate(command.text(u"tick"_s));
        if (!tick)
            return failed(tick.error());
        options.coarsestTick = tick.value();
    }
    const Outcome<Report> report = expectation.value()
        ? check(input.value(), *expectation.value(), options)
        : survey(input.value(), options);
    if (!report)
        return failed(report.error());
    if (command.has(u"json"_s)) {
        print(stdout,
              QString::fromUtf8(
                  QJsonDocument(report.value().toJson()).toJson(QJsonDocument::Indented)));
    } else {
        print(stdout, report.value().toText());
    }
    return report.value().passed() ? kPassed : kFaults;
}

class CodePrinter final : public MediaSink {
public:
    explicit CodePrinter(std::optional<Area> crop)
        : m_crop(crop)
        , m_finder({})
    {
    }

    void onPicture(const Picture &picture) override
    {
        LumaView view = picture.luma;
        if (m_crop) {
            const int x = std::clamp(static_cast<int>(m_crop->x), 0, view.width - 1);
            const int y = std::clamp(static_cast<int>(m_crop->y), 0, view.height - 1);
            view.data += y * view.stepY + x * view.stepX;
            view.width = std::min(static_cast<int>(m_crop->width), view.width - x);
            view.height = std::min(static_cast<int>(m_crop->height), view.height - y);
        }
        const ReadResult read = m_finder.read(view);
        if (read.state == ReadState::Read) {
            print(stdout,
                  u"%1 clip %2 frame %3\n"_s.arg(picture.seconds, 0, 'f', 6)
                      .arg(read.code.clip)
                      .arg(read.code.frame));
            return;
        }
        allRead = false;
        print(stdout,
              u"%1 %2\n"_s.arg(picture.seconds, 0, 'f', 6)
                  .arg(read.state == ReadState::Damaged ? u"damaged"_s : u"none"_s));
    }
    void onSound(const Sound &) override { }

    bool allRead = true;

private:
    std::optional<Area> m_crop;
    CodeFinder m_finder;
};

int readPictures(const QStringList &words)
{
    Command command(u"read"_s, u"INPUT"_s, u"Prints the code of each picture, also of an image."_s);
    command.option(u"crop"_s, u"Only that part of the picture."_s, u"WxH+X+Y"_s);
    const Outcome<QString> input = command.parse(words);
    if (!input)
        return failed(input.error());
    std::optional<Area> crop;
    if (command.has(u"crop"_s)) {
        QString text = command.text(u"crop"_s);
        const QStringList parts = text.replace(u'x', u'+').split(u'+');
        if (parts.size() != 4)
            return failed(u"--crop takes WxH+X+Y"_s);
        crop = Area{parts[2].toDouble(), parts[3].toDouble(), parts[0].toDouble(),
                    parts[1].toDouble()};
    }
    const Outcome<std::unique_ptr<MediaReader>> reader = MediaReader::open(input.value());
    if (!reader)
        return failed(reader.error());
    CodePrinter printer(crop);
    const Outcome<Done> read = reader.value()->readAll(printer);
    if (!read)
        return failed(read.error());
    return printer.allRead ? kPassed : kFaults;
}

} // namespace

int main(int argc, char **argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    silenceLibraries();
    const QCoreApplication application(argc, argv);
    QStringList words = QCoreApplication::arguments().mid(1);
    const QString command = words.isEmpty() ? QString() : words.takeFirst();
    if (command == u"make"_s)
        return make(words);
    if (command == u"corpus"_s)
        return corpus(words);
    if (command == u"check"_s)
        return checkInput(words);
    if (command == u"read"_s)
        return readPictures(words);
    const bool asked = command == u"--help"_s || command == u"-h"_s;
    print(asked ? stdout : stderr, kUsage);
    return asked ? kPassed : kFailed;
}
