// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/statustext.h"

#include "app/ctl/texttable.h"

#include <QJsonArray>
#include <QTextStream>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString text(const QJsonObject &object, QLatin1StringView name)
{
    const QJsonValue value = object.value(name);
    return value.isDouble() ? QString::number(value.toInteger()) : value.toString();
}

QString percent(const QJsonObject &level)
{
    const double capacity = level.value("capacity"_L1).toDouble();
    if (capacity <= 0)
        return u"-"_s;
    return QString::number(qRound(level.value("bytes"_L1).toDouble() * 100 / capacity)) + u" %"_s;
}

QString formatText(const QJsonObject &format)
{
    return u"%1x%2 %3 fps"_s.arg(text(format, "width"_L1), text(format, "height"_L1),
                                 text(format, "fps"_L1));
}

QString itemText(const QJsonObject &item)
{
    const QString title = text(item, "title"_L1);
    return printable(title.isEmpty() ? text(item, "id"_L1) : title);
}

// Why it was or will be passed over, or what viewers will notice.
QString reasonText(const QJsonObject &item)
{
    const QString reason = text(item, "reason"_L1);
    const QJsonObject proof = item.value("proof"_L1).toObject();
    return reason.isEmpty() && text(proof, "verdict"_L1) == "warning"_L1 ? text(proof, "detail"_L1)
                                                                         : reason;
}

// "preview, frames left out; 12 frames so far": what is done because the machine cannot keep up.
QString overloadText(const QJsonObject &overload)
{
    QStringList shed;
    for (const QJsonValue &value : overload.value("shed"_L1).toArray())
        shed.append(value.toString());
    const QString what
        = shed.isEmpty() ? u"nothing left out yet"_s : shed.join(u", "_s) + u" left out"_s;
    return u"%1; %2 frames so far"_s.arg(what, text(overload, "dropped"_L1));
}

// "running, session 2, 30.0 fps, 1.02x, 2.9 Mb/s, pid 123": what is known of it.
QString encoderText(const QJsonObject &encoder)
{
    QStringList parts{text(encoder, "state"_L1)};
    if (encoder.contains("session"_L1))
        parts.append(u"session "_s + text(encoder, "session"_L1));
    if (encoder.contains("fps"_L1))
        parts.append(QString::number(encoder.value("fps"_L1).toDouble(), 'f', 1) + u" fps"_s);
    if (encoder.contains("speed"_L1))
        parts.append(QString::number(encoder.value("speed"_L1).toDouble(), 'f', 2) + u'x');
    if (encoder.contains("bitrate"_L1))
        parts.append(rateText(encoder.value("bitrate"_L1).toDouble()));
    if (encoder.contains("pid"_L1))
        parts.append(u"pid "_s + text(encoder, "pid"_L1));
    return parts.join(u", "_s);
}

// "logo.png, top-right, 80 %, shown": where it stands and how it does.
QString logoText(const QJsonObject &logo)
{
    QString place = text(logo, "corner"_L1);
    if (place.isEmpty())
        place = u"at %1,%2"_s.arg(text(logo, "x"_L1), text(logo, "y"_L1));
    QString line = u"%1, %2, %3 %, %4"_s.arg(printable(text(logo, "path"_L1)), place,
                                             text(logo, "opacity"_L1), text(logo, "state"_L1));
    if (logo.contains("detail"_L1))
        line += u" ("_s + printable(text(logo, "detail"_L1)) + u')';
    return line;
}

// "soon.png, shown", "card with name and clock, ready": what is set, and how it does.
QString slateText(const QJsonObject &slate)
{
    const QString path = text(slate, "path"_L1);
    QString line = path.isEmpty() ? u"card with name and clock"_s : printable(path);
    if (!path.isEmpty() && slate.value("clock"_L1).toBool())
        line += u" with the clock"_s;
    line += u", "_s + text(slate, "state"_L1);
    if (slate.contains("detail"_L1))
        line += u" ("_s + printable(text(slate, "detail"_L1)) + u')';
    return line;
}

// "best-of.mp4, cued": what is set, and how it does.
QString emergencyText(const QJsonObject &emergency)
{
    QString line = printable(text(emergency, "path"_L1)) + u", "_s + text(emergency, "state"_L1);
    if (emergency.contains("detail"_L1))
        line += u" ("_s + printable(text(emergency, "detail"_L1)) + u')';
    return line;
}

TextTable destinationTable(const QJsonArray &destinations)
{
    TextTable table({u"ID"_s, u"TYPE"_s, u"STATE"_s, u">SENT"_s, u"TARGET"_s, u"DETAIL"_s});
    for (const QJsonValue &value : destinations) {
        const QJsonObject one = value.toObject();
        QString target = text(one, "target"_L1);
        if (one.contains("address"_L1))
            target += u" at "_s + text(one, "address"_L1);
        table.addRow({text(one, "id"_L1), text(one, "type"_L1), text(one, "state"_L1),
                      sizeText(one.value("bytes"_L1).toDouble()), target, text(one, "detail"_L1)});
    }
    return table;
}

void line(QTextStream &out, QLatin1StringView name, const QString &value)
{
    out << "  " << QString(name).leftJustified(13) << value << '\n';
}

void printProblems(QTextStream &out, const QJsonArray &problems)
{
    for (const QJsonValue &value : problems) {
        const QJsonObject one = value.toObject();
        out << "    " << printable(text(one, "path"_L1)) << ": "
            << printable(text(one, "detail"_L1)) << " (" << text(one, "code"_L1) << ")\n";
    }
}

QString loudnessText(const QJsonObject &loudness, const QJsonObject &item)
{
    const auto decibels = [](const QJsonValue &value) {
        return value.isDouble() ? QString::number(value.toDouble(), 'f', 1) : u"-"_s;
    };
    QString words = u"%1 LUFS (short-term %2, momentary %3), true peak %4 dBTP"_s.arg(
        decibels(loudness.value("integrated"_L1)), decibels(loudness.value("shortTerm"_L1)),
        decibels(loudness.value("momentary"_L1)), decibels(loudness.value("truePeak"_L1)));
    if (const QJsonValue target = loudness.value("target"_L1); target.isDouble())
        words += u"; target %1"_s.arg(decibels(target));
    if (const QJsonObject gain = item.value("loudness"_L1).toObject(); !gain.isEmpty())
        words += u", this item by %1 dB%2"_s.arg(
            decibels(gain.value("gain"_L1)),
            gain.value("estimated"_L1).toBool() ? u", estimated"_s : QString());
    return words;
}

void printOneStatus(QTextStream &out, const QJsonObject &status)
{
    out << printable(text(status, "name"_L1)) << ": " << text(status, "state"_L1).toUpper();
    if (status.contains("detail"_L1))
        out << " (" << printable(text(status, "detail"_L1)) << ')';
    out << ", " << formatText(status.value("format"_L1).toObject())
        << (status.value("loop"_L1).toBool() ? ", looping" : ", once");
    if (status.value("uptimeMs"_L1).toInteger() > 0)
        out << ", up " << durationText(status.value("uptimeMs"_L1).toInteger());
    out << '\n';
    if (const QJsonObject item = status.value("item"_L1).toObject(); !item.isEmpty()) {
        const bool isSlate = status.value("state"_L1) == u"slate"_s; // in place of the item
        line(out, isSlate ? "instead of"_L1 : "on air"_L1,
             itemText(item) + u", "_s + durationText(item.value("positionMs"_L1).toInteger())
                 + u" played, "_s + durationText(item.value("remainingMs"_L1).toInteger())
                 + u" left  ["_s + text(item, "id"_L1) + u']');
    }
    if (const QJsonObject next = status.value("next"_L1).toObject(); !next.isEmpty()) {
        line(out, "next"_L1,
             itemText(next) + (next.value("cued"_L1).toBool() ? u", cued"_s : u", not cued yet"_s)
                 + u"  ["_s + text(next, "id"_L1) + u']');
    }
    if (status.contains("frame"_L1)) {
        line(out, "frame"_L1,
             u"%1 on air, %2 acknowledged, %3 retained"_s.arg(
                 text(status, "frame"_L1), text(status, "acked"_L1), text(status, "retained"_L1)));
    }
    if (const QJsonObject counts = status.value("counts"_L1).toObject(); !counts.isEmpty()) {
        QStringList parts;
        for (auto count = counts.begin(); count != counts.end(); ++count)
            parts.append(QString::number(count.value().toInteger()) + u' ' + count.key());
        line(out, "counts"_L1, parts.join(u", "_s));
    }
    if (const QJsonObject pipes = status.value("pipes"_L1).toObject(); !pipes.isEmpty()) {
        const QJsonObject store = status.value("store"_L1).toObject();
        line(out, "pipes"_L1,
             u"in %1, out %2; %3 frames decoded ahead (%4 ms)"_s.arg(
                 percent(pipes.value("in"_L1).toObject()),
                 percent(pipes.value("out"_L1).toObject()), text(store, "frames"_L1),
                 text(store, "ms"_L1)));
    }
    if (const QJsonObject loudness = status.value("loudness"_L1).toObject();
        loudness.contains("integrated"_L1))
        line(out, "loudness"_L1, loudnessText(loudness, status.value("item"_L1).toObject()));
    if (status.contains("overload"_L1))
        line(out, "overload"_L1, overloadText(status.value("overload"_L1).toObject()));
    if (const QJsonObject player = status.value("player"_L1).toObject(); !player.isEmpty())
        line(out, "player"_L1,
             text(player, "state"_L1)
                 + (player.contains("reason"_L1) ? u" (%1)"_s.arg(text(player, "reason"_L1))
                                                 : QString())
                 + u", %1 frames handed over"_s.arg(text(player, "frames"_L1)));
    if (const QJsonObject logo = status.value("logo"_L1).toObject(); !logo.isEmpty())
        line(out, "logo"_L1, logoText(logo));
    if (const QJsonObject slate = status.value("slate"_L1).toObject(); !slate.isEmpty())
        line(out, "slate"_L1, slateText(slate));
    if (const QJsonObject emergency = status.value("emergency"_L1).toObject(); !emergency.isEmpty())
        line(out, "emergency"_L1, emergencyText(emergency));
    if (const QJsonObject encoder = status.value("encoder"_L1).toObject(); !encoder.isEmpty())
        line(out, "encoder"_L1, encoderText(encoder));
    if (const QJsonObject publisher = status.value("publisher"_L1).toObject(); !publisher.isEmpty())
        line(out, "publisher"_L1, encoderText(publisher));
    const TextTable destinations = destinationTable(status.value("destinations"_L1).toArray());
    out << (destinations.isEmpty() ? "  no destinations\n" : "  destinations\n");
    if (!destinations.isEmpty())
        destinations.write(out, 4);
    if (const QJsonArray problems = status.value("problems"_L1).toArray(); !problems.isEmpty()) {
        out << "  problems\n";
        printProblems(out, problems);
    }
}

} // namespace

void printNothing(QTextStream &, const QJsonObject &)
{
}

void printChannels(QTextStream &out, const QJsonObject &result)
{
    TextTable table(
        {u"NAME"_s, u"STATE"_s, u"FORMAT"_s, u"ON AIR"_s, u">LEFT"_s, u">DESTINATIONS"_s});
    for (const QJsonValue &value : result.value("channels"_L1).toArray()) {
        const QJsonObject status = value.toObject();
        const QJsonObject item = status.value("item"_L1).toObject();
        int running = 0;
        const QJsonArray destinations = status.value("destinations"_L1).toArray();
        for (const QJsonValue &one : destinations)
            running += one.toObject().value("state"_L1) == u"running"_s ? 1 : 0;
        table.addRow(
            {text(status, "name"_L1), text(status, "state"_L1),
             formatText(status.value("format"_L1).toObject()), itemText(item),
             item.isEmpty() ? QString() : durationText(item.value("remainingMs"_L1).toInteger()),
             u"%1 of %2"_s.arg(running).arg(destinations.size())});
    }
    if (table.isEmpty())
        out << "No channels yet. Make one: continuoctl channel create NAME\n";
    else
        table.write(out);
}

void printStatus(QTextStream &out, const QJsonObject &result)
{
    if (!result.contains("channels"_L1)) {
        printOneStatus(out, result);
        return;
    }
    const QJsonArray channels = result.value("channels"_L1).toArray();
    if (channels.isEmpty())
        printChannels(out, result);
    for (const QJsonValue &channel : channels)
        printOneStatus(out, channel.toObject());
}

void printDestinations(QTextStream &out, const QJsonObject &result)
{
    const TextTable table = destinationTable(result.value("destinations"_L1).toArray());
    if (table.isEmpty())
        out << "No destinations yet. Add one: continuoctl destination add CHANNEL hls:DIR\n";
    else
        table.write(out);
}

void printAddedDestination(QTextStream &out, const QJsonObject &result)
{
    const QJsonObject destination = result.value("destination"_L1).toObject();
    out << text(destination, "id"_L1) << '\n';
    if (destination.contains("address"_L1))
        out << text(destination, "address"_L1) << '\n';
}

void printPlaylist(QTextStream &out, const QJsonObject &result)
{
    TextTable table({u">ROW"_s, u"ID"_s, u"STATE"_s, u">LENGTH"_s, u"IN"_s, u"OUT"_s, u"STARTS"_s,
                     u"TITLE"_s, u"PICTURE"_s, u"CODECS"_s, u"REASON"_s});
    int row = 0;
    for (const QJsonValue &value : result.value("items"_L1).toArray()) {
        const QJsonObject item = value.toObject();
        const bool isProbed = item.contains("width"_L1);
        const QString codecs = text(item, "videoCodec"_L1) + u' ' + text(item, "audioCodec"_L1);
        table.addRow(
            {QString::number(row++), text(item, "id"_L1), text(item, "state"_L1),
             item.contains("durationMs"_L1) ? durationText(item.value("durationMs"_L1).toInteger())
                                            : u"?"_s,
             text(item, "in"_L1), text(item, "out"_L1),
             item.contains("startsAtMs"_L1) ? clockText(item.value("startsAtMs"_L1).toInteger())
                                            : QString(),
             itemText(item), isProbed ? formatText(item) : QString(), codecs.trimmed(),
             reasonText(item)});
    }
    if (table.isEmpty())
        out << "The list is empty. Add files: continuoctl playlist add CHANNEL FILE...\n";
    else
        table.write(out);
}

void printAddedItems(QTextStream &out, const QJsonObject &result)
{
    for (const QJsonValue &value : result.value("items"_L1).toArray())
        out << text(value.toObject(), "id"_L1) << '\n';
}

void printEdit(QTextStream &out, const QJsonObject &result)
{
    out << "version " << text(result, "version"_L1);
    if (result.contains("frame"_L1))
        out << ", accepted at frame " << text(result, "frame"_L1);
    out << '\n';
}

void printLogo(QTextStream &out, const QJsonObject &result)
{
    out << logoText(result.value("logo"_L1).toObject());
    if (result.contains("frame"_L1))
        out << ", from frame " << text(result, "frame"_L1);
    out << '\n';
}

void printFrame(QTextStream &out, const QJsonObject &result)
{
    out << "frame " << text(result, "frame"_L1);
    if (result.contains("item"_L1))
        out << ", item " << text(result, "item"_L1);
    out << '\n';
}

void printProcesses(QTextStream &out, const QJsonObject &result)
{
    TextTable table({u"ROLE"_s, u"CHANNEL"_s, u">PID"_s, u">CPU SECONDS"_s, u">RSS"_s, u">PSS"_s});
    for (const QJsonValue &value : result.value("processes"_L1).toArray()) {
        const QJsonObject one = value.toObject();
        table.addRow({text(one, "role"_L1), text(one, "channel"_L1), text(one, "pid"_L1),
                      QString::number(one.value("cpuSeconds"_L1).toDouble(), 'f', 2),
                      sizeText(one.value("rssBytes"_L1).toDouble()),
                      sizeText(one.value("pssBytes"_L1).toDouble())});
    }
    table.write(out);
}

void printRender(QTextStream &out, const QJsonObject &result)
{
    out << text(result, "frames"_L1) << " frames, " << result.value("items"_L1).toArray().size()
        << " items, " << QString::number(result.value("seconds"_L1).toDouble(), 'f', 1)
        << " seconds of programme\n";
    printProblems(out, result.value("problems"_L1).toArray());
}

} // namespace continuo
