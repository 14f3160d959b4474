// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/paths.h"
#include "core/channel/chain.h"
#include "core/channel/logosettings.h"
#include "core/playout/logodrawer.h"
#include "core/playout/playout.h"

#include <QJsonArray>
#include <QObject>

#include <functional>
#include <memory>

namespace continuo {

/// Plays a list once, unpaced, through the same chain as a channel's into one file. Owner thread:
/// main. Deleting it gives up.
class RenderJob final : public QObject {
    Q_OBJECT
public:
    using Done = std::function<void(Result<QJsonObject>)>;

    /// \p name keeps its FIFOs apart from the channel's, whose logo is drawn first if it is on.
    RenderJob(const StationPaths &paths, const QString &name, const HouseFormat &format,
              std::vector<PlayoutItem> items, QString outFile, LogoSettings logo);
    ~RenderJob() override;

    /// Errors are told through \p done too: nothing to play, the file cannot be written, the logo
    /// cannot be drawn.
    void start(Done done);
    const QString &name() const { return m_name; }
    std::vector<std::pair<QString, pid_t>> processes() const;

private:
    void play(const LogoPtr &logo);
    void onDestination(const QJsonObject &state);
    void finish(Result<QJsonObject> outcome);

    const StationPaths m_paths;
    const QString m_name;
    const HouseFormat m_format;
    const std::vector<PlayoutItem> m_items;
    const QString m_outFile;
    const LogoSettings m_logo;
    LogoDrawer m_drawer;
    Done m_done;
    std::unique_ptr<Playout> m_playout;
    std::unique_ptr<Chain> m_chain;
    QJsonArray m_started; // items, with the frame at which each began
    QJsonArray m_problems;
    qint64 m_endFrame = -1;
    QString m_writtenFile;
    std::optional<Error> m_fileError;
};

} // namespace continuo
