// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"
#include "ui/models/channelstate.h"
#include "ui/models/playlistentry.h"

#include <QCoreApplication>
#include <QDate>

class QJsonObject;

namespace continuo {

/// The one place where values and codes become words for a person (conventions: "core speaks in
/// values, codes and English log text; words for the user are made in ui").
class Wording {
    Q_DECLARE_TR_FUNCTIONS(continuo::Wording)
public:
    /// A headline and, where it helps, what it means or what to do.
    struct Message {
        QString headline;
        QString detail;
    };

    /// What the console knows of the row that a command was about.
    enum class Row { Gone, InList };

    static QString entryState(EntryState state);
    /// Size, rate and codec of a row, or why it will not play, or did not to its end.
    static QString entryFacts(const PlaylistEntry &entry);
    static QString channelPhase(ChannelPhase phase);
    /// The same, and of a slate whether it is the emergency clip.
    static QString channelState(const ChannelState &channel);
    static QString destinationPhase(DestinationPhase phase);
    /// A destination's short name: its host, or the kind of folder or file it is.
    static QString destinationName(const DestinationState &destination);
    /// A sentence for an error that a command was answered with.
    static Message error(const Error &error, const QString &method, Row row = Row::Gone);
    /// What stands beside a new channel's name when the engine refused it.
    static Message createRefusal(const Error &error);
    /// What stands below the points of a row when the engine refused them.
    static QString pointsRefusal(const Error &error);
    /// What stands in a channel's settings when the engine refused them; \p asked is what
    /// channel.set was asked for.
    static QString settingsRefusal(const Error &error, const QJsonObject &asked);
    /// Why the slate's picture or the emergency clip cannot be shown, by the name of an error code.
    static QString slateTrouble(const QString &code);
    static QString emergencyTrouble(const QString &code);
    static QString logoRefusal(const Error &error);
    /// A sentence for an event of the engine; \p text is its own English, for unknown codes.
    static Message event(const QString &code, const QString &text, const QString &channel);
    /// A sentence for an alarm (docs/protocols.md, section 5). \p destination is the one that it is
    /// about; nullptr when that is not known any more, or it is about none.
    static Message alarm(const QJsonObject &alarm, const DestinationState *destination);
    /// The engine's English of what a destination did, in words; empty when it is not known.
    static QString destinationTrouble(const QString &english);
    /// A destination that had trouble takes bytes again.
    static Message destinationRuns(const DestinationState &destination);
    /// Why an item cannot play, by the name of an error code; empty when the code says nothing.
    static QString itemReason(const QString &code);
    /// What was found about a row's file before its turn; empty when nothing is to be said.
    static QString proofNote(const PlaylistEntry &entry);
    /// A sentence for something that went on air, by the event's reason and title.
    static Message wentOnAir(const QString &reason, const QString &title);

    static QString lufs(std::optional<double> value); ///< "−22.6"; "–" where nothing is known
    static QString wholeLufs(double value); ///< "−23", "−22.5"
    static QString decibels(double value); ///< "+3.2 dB"
    /// What the programme's loudness is like, in a few words.
    static QString loudness(const LoudnessState &loudness);
    static QString loudnessTarget(std::optional<double> target); ///< "target −23 LUFS"
    static QString airingGain(const ItemGain &gain); ///< of the item on air
    static QString entryGain(const PlaylistEntry &entry); ///< of a row; empty: nothing is said
    static QString logoPhase(const LogoState &logo);
    /// Why a picture cannot be shown as a logo, by the name of an error code.
    static QString logoTrouble(const QString &code);
    /// What is wrong with a process of the chain; empty while nothing is.
    static QString processTrouble(const QString &state);
    static QString duration(qint64 ms); ///< "00:12:44"; "–" when negative
    static QString shortDuration(qint64 ms); ///< "12:44", "1:02:44"
    static QString timeOfDay(qint64 utcMs); ///< local "20:53:51"; "–" when negative
    /// Local "20:53:51", "Tue 20:53:51" on another day than \p today, "12 May 20:53" where the name
    /// of the day would leave open which; "–" when negative.
    static QString dayAndTime(qint64 utcMs, const QDate &today = QDate::currentDate());
    static QString bitrate(qint64 bitsPerSecond); ///< "3.1 Mb/s"
    static QString codecName(const QString &codec); ///< "h264" is "H.264"
};

} // namespace continuo
