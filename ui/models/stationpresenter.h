// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/channelstate.h"
#include "ui/models/messagemodel.h"
#include "ui/models/playlistmodel.h"
#include "ui/models/stationlink.h"

#include <QDeadlineTimer>
#include <QHash>
#include <QMap>
#include <QSet>

#include <deque>
#include <functional>
#include <optional>

namespace continuo {

/// What a new channel is to be.
struct ChannelWish {
    QString name;
    int width = 1280;
    int height = 720;
    QString fps;
};

/// What is asked for in the settings of a channel.
struct ChannelForm {
    std::optional<double> targetLufs; ///< nothing: off
    QString languages; ///< "de, en"
    LogoState logo; ///< with isOn false all else of it is left as it is
    QString slate; ///< path of a picture; empty: the card
    bool hasSlateClock = false;
    QString emergency; ///< path of a clip; empty: none
};

/// The station as the console sees it: channels, the list of the selected one, messages, and the
/// commands that the keys and buttons give. A command that is refused becomes a message. Lives on
/// the GUI thread.
class StationPresenter final : public QObject {
    Q_OBJECT
public:
    explicit StationPresenter(StationLink &link, QObject *parent = nullptr);

    StationLink &link() { return m_link; }
    PlaylistModel &playlist() { return m_playlist; }
    MessageModel &messages() { return m_messages; }

    const QMap<QString, ChannelState> &channels() const { return m_channels; }
    /// The selected channel's state; nothing while there is none.
    const ChannelState *selected() const;
    QString selectedName() const { return m_selected; }
    /// Selects a channel; one that does not exist yet is selected as soon as it does.
    void select(const QString &name);
    /// The channels were asked for and have come: an empty station is known to be empty.
    bool isLoaded() const { return m_isLoaded; }
    /// The selected channel's list has come: an empty one is known to be empty.
    bool isPlaylistLoaded() const { return m_isPlaylistLoaded; }

    /// Makes a channel with an HLS folder of its own and selects it.
    void createChannel(const ChannelWish &wish);
    /// Asks for what of \p form is another than \p before, which it was made from: what somebody
    /// else has set meanwhile stays. And for what was another in one of \p refused, the forms that
    /// were asked for since: part of them may be in force. Done with no words when all is set, else
    /// with what was wrong; whoever asked may be gone by then.
    void setUpChannel(const ChannelState &before, const QList<ChannelForm> &refused,
                      const ChannelForm &form,
                      const std::function<void(const QString &problem)> &done);
    /// Shows the logo of the selected channel, or takes it away; nothing where none was ever set.
    void toggleLogo();
    void startChannel();
    void stopChannel();
    void skip();
    /// Nothing while the same take is not answered yet: a second press is not a second start.
    void take(const QString &item);
    void makeNext(const QString &item);
    void undo();
    /// Sets in and out of a row, as the engine takes them (empty: none). \p done gets the words of
    /// a refusal, empty when it was accepted, as long as \p context lives.
    void setPoints(const QString &item, const QString &in, const QString &out, QObject *context,
                   std::function<void(const QString &problem)> done);
    void addFiles(const QString &channel, const QStringList &paths,
                  int row); ///< row -1: at the end
    void removeItems(const QStringList &items);
    /// \p row: before which they stand afterwards, counted in the list before the move.
    void moveItems(const QStringList &items, int row);

    /// Moves the block of \p items by one row up (-1) or down (1); gaps in it close. Steps are
    /// taken one by one, each from where the last has led: a key may come faster than the list.
    void stepItems(const QStringList &items, int step);

Q_SIGNALS:
    void channelsChanged(); ///< one came or went, or the station was loaded
    void channelChanged(const QString &name); ///< its state is another
    void selectionChanged();
    void playlistLoaded(); ///< isPlaylistLoaded() became true
    /// A take was accepted, and neither another nor a skip was asked for since.
    void taken();
    void createRefused(const QString &text); ///< words for beside the name
    void previewOpened(const QString &sharedMemory);
    void previewClosed();
    void previewChanged(); ///< a new picture stands in the ring

private:
    void onLinkChanged();
    void onNotification(const QString &method, const QJsonObject &params);
    void show(const QString &name);
    void loadChannels();
    QString channelToShowFirst() const;
    void loadAlarms();
    void loadPlaylist();
    void updatePlaylistFacts();
    void updatePreview();
    void openPreview();
    void updateChannel(const QJsonObject &status);
    void removeChannel(const QString &name);
    void onItemEvent(const QJsonObject &params);
    void onMessageEvent(const QJsonObject &params);
    void onAlarmEvent(const QJsonObject &alarm);
    void addAlarm(const QJsonObject &alarm, int times);
    void sayWhatRunsAgain(const ChannelState &channel);
    const DestinationState *destinationOf(const QJsonObject &alarm) const;
    Wording::Message withChannel(Wording::Message words, const QString &channel) const;
    void setPlaylist(const QJsonObject &list);
    void takeNextStep();
    void command(const QString &method, QJsonObject params,
                 std::function<void(const QJsonObject &)> done = {});
    void report(const Error &error, const QString &method);
    void report(const Error &error, const QString &method, const Wording::Message &words);
    void reportUnasked(const Error &error, const QString &method);

    StationLink &m_link;
    PlaylistModel m_playlist;
    MessageModel m_messages;
    QMap<QString, ChannelState> m_channels;
    QString m_selected;
    QString m_wanted; ///< to be selected once it exists
    QString m_previewed; ///< channel whose preview is open
    QString m_previewRefused; ///< channel whose preview was refused, which was said
    QDeadlineTimer m_previewAgain; ///< not before, after a refusal
    struct Cut {
        QString channel;
        QString item; ///< empty: a skip
        bool isAnswered = true;
    };
    Cut m_lastCut; ///< the take or skip that was asked for last
    qint64 m_cutsAsked = 0;
    struct ShownAlarm {
        qint64 lastMs = -1;
        qint64 firstMs = -1; ///< -1: it was shown as a message, which does not tell
        qint64 count = 0;
    };
    QHash<QString, ShownAlarm> m_shownAlarms; ///< by channel, subject and code
    QHash<QString, QSet<QString>> m_recovered; ///< destinations by channel: until its next status
    QString m_onAirItem; ///< of the selected channel
    qint64 m_onAirPositionMs = 0;
    struct Step {
        QStringList items;
        int step;
    };
    std::deque<Step> m_steps; ///< of keys, still to be taken
    bool m_isStepping = false; ///< one was sent and is not answered
    qint64 m_stepVersion = -1; ///< of the list that shows the last one
    qint64 m_listVersion = -1; ///< of the rows
    bool m_isLoaded = false;
    bool m_isPlaylistLoaded = false;
    bool m_wasConnected = false; ///< ever, for the words when the line comes back
};

} // namespace continuo
