// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/houseformat.h"

#include <QHash>
#include <QJsonObject>
#include <QObject>
#include <QQueue>

#include <memory>
#include <optional>

class QProcess;

namespace continuo {

/// What is known of a file before it is played.
struct ItemFacts {
    std::int64_t durationUs = -1;
    std::int64_t frames = -1; ///< at the format that was asked for
    int width = 0;
    int height = 0;
    QString fps;
    QString videoCodec;
    QString audioCodec;
    std::optional<Error> failure; ///< it cannot be opened
};

/// Looks into files in the background, one at a time and at low priority, by
/// `continuo-player --probe` (the engine itself never parses media). Owner thread: main.
class ItemProber final : public QObject {
    Q_OBJECT
public:
    explicit ItemProber(const HouseFormat &format, QObject *parent = nullptr);
    ~ItemProber() override;

    /// Looks into \p path unless that was done since the file last changed. Answered by probed().
    void probe(const QString &path);
    /// What is known now.
    std::optional<ItemFacts> facts(const QString &path) const;

Q_SIGNALS:
    void probed(const QString &path);

private:
    struct Entry {
        qint64 size = -1;
        qint64 modifiedMs = -1;
        ItemFacts facts;
    };

    void startNext();
    void onFinished();

    const HouseFormat m_format;
    QHash<QString, Entry> m_known;
    QQueue<QString> m_queue;
    QString m_current;
    std::unique_ptr<QProcess> m_process;
};

} // namespace continuo
