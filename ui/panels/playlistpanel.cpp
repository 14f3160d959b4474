// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/panels/playlistpanel.h"

#include "ui/models/stationpresenter.h"
#include "ui/models/wording.h"
#include "ui/panels/pointsdialog.h"
#include "ui/widgets/elidedlabel.h"
#include "ui/widgets/playlistview.h"
#include "ui/widgets/theme.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QVBoxLayout>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace continuo {

PlaylistPanel::PlaylistPanel(const Theme &theme, StationPresenter &station, QWidget *parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_station(station)
    , m_thumbnails(station.link())
    , m_heading(new ElidedLabel(theme.heading(), theme.palette().dim, this))
    , m_view(new PlaylistView(theme, station.playlist(), this))
{
    setMinimumWidth(theme.px(420));
    m_view->setAccessibleName(tr("Playlist"));
    m_view->setThumbnails(m_thumbnails);
    auto *headingBox = new QVBoxLayout;
    headingBox->setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(2));
    headingBox->addWidget(m_heading);
    auto *box = new QVBoxLayout(this);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(0);
    box->addLayout(headingBox);
    box->addWidget(m_view, 1);

    connect(m_view, &PlaylistView::filesDropped, this, &PlaylistPanel::addUrls);
    connect(m_view, &PlaylistView::moveRequested, &station, &StationPresenter::moveItems);
    connect(m_view, &PlaylistView::stepRequested, &station, &StationPresenter::stepItems);
    connect(m_view, &PlaylistView::removeRequested, &station, &StationPresenter::removeItems);
    connect(m_view, &PlaylistView::nextRequested, &station, &StationPresenter::makeNext);
    connect(m_view, &PlaylistView::pointsRequested, this, &PlaylistPanel::askForPoints);
    connect(&m_finder, &MediaFinder::found, this, &PlaylistPanel::onFound);
    const PlaylistModel &model = station.playlist();
    connect(&model, &PlaylistModel::rowsInserted, this, &PlaylistPanel::showHeading);
    connect(&model, &PlaylistModel::rowsRemoved, this, &PlaylistPanel::showHeading);
    connect(&model, &PlaylistModel::rowsMoved, this, &PlaylistPanel::showHeading);
    connect(&model, &PlaylistModel::dataChanged, this, &PlaylistPanel::showHeading);
    connect(&model, &PlaylistModel::modelReset, this, &PlaylistPanel::showHeading);
    connect(&station, &StationPresenter::selectionChanged, this, &PlaylistPanel::showHeading);
    connect(&station.link(), &StationLink::stateChanged, this, [this] {
        m_view->setStale(m_station.link().state() != StationLink::State::Connected);
        showEmptyWords();
    });
    connect(&station, &StationPresenter::selectionChanged, this, &PlaylistPanel::showEmptyWords);
    connect(&station, &StationPresenter::channelsChanged, this, &PlaylistPanel::showEmptyWords);
    connect(&station, &StationPresenter::playlistLoaded, this, &PlaylistPanel::showEmptyWords);
    showHeading();
    showEmptyWords();
}

// Empty is said of a list that has come, and of none at all.
void PlaylistPanel::showEmptyWords()
{
    const bool isKnown
        = m_station.selectedName().isEmpty() ? m_station.isLoaded() : m_station.isPlaylistLoaded();
    if (m_station.link().state() != StationLink::State::Connected)
        m_view->setEmptyWords(tr("Not connected"), tr("The list comes with the engine."));
    else if (!isKnown)
        m_view->setEmptyWords(tr("Loading the list"), {});
    else
        m_view->setEmptyWords(tr("The list is empty"),
                              tr("Drop videos or folders here, or add them with Ctrl+O.\n"
                                 "The slate is on air while there is nothing to play."));
}

void PlaylistPanel::chooseFiles()
{
    if (!m_station.selected())
        return;
    // Not the static function: that runs an event loop of its own.
    auto *dialog = new QFileDialog(this, tr("Add to the playlist"), m_lastFolder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    const QStringList selected = m_view->selectedIds();
    const int row = selected.isEmpty() ? m_station.playlist().rowCount()
                                       : m_station.playlist().rowOf(selected.constLast()) + 1;
    connect(dialog, &QFileDialog::accepted, this, [this, dialog, row] {
        m_lastFolder = dialog->directory().absolutePath();
        addUrls(dialog->selectedUrls(), row);
    });
    dialog->open();
}

void PlaylistPanel::askForPoints(const QString &id)
{
    const PlaylistEntry *entry = m_station.playlist().entryAt(m_station.playlist().rowOf(id));
    if (!entry)
        return;
    auto *dialog = new PointsDialog(m_theme, entry->title, entry->in, entry->out, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &PointsDialog::chosen, this,
            [this, dialog, id](const QString &in, const QString &out) {
                m_station.setPoints(id, in, out, dialog, [dialog](const QString &problem) {
                    if (problem.isEmpty())
                        dialog->accept();
                    else
                        dialog->showProblem(problem);
                });
            });
    // The row may belong to another channel then.
    connect(&m_station, &StationPresenter::selectionChanged, dialog, &QDialog::reject);
    dialog->open();
}

void PlaylistPanel::addUrls(const QList<QUrl> &urls, int row)
{
    if (!m_station.selected())
        return;
    const PlaylistEntry *before = m_station.playlist().entryAt(row);
    m_finder.find(urls, {m_station.selectedName(), before ? before->id : QString(), row});
}

void PlaylistPanel::onFound(const MediaFiles &files, const DropPlace &place)
{
    MessageModel &messages = m_station.messages();
    if (files.isCutShort)
        messages.add(MessageLevel::Warning,
                     {tr("Only the first %n file(s) were added.", nullptr, kMaxFiles),
                      tr("Drop the rest in smaller parts.")});
    if (files.onNetwork > 0)
        messages.add(MessageLevel::Warning,
                     {tr("%n file(s) were not added.", nullptr, files.onNetwork),
                      tr("These lie on a network address. Mount the share and drop them from its "
                         "folder.")});
    const bool areAllOnNetwork = files.onNetwork > 0 && files.passedOver == 0;
    if (files.paths.isEmpty() && areAllOnNetwork)
        return;
    if (files.paths.isEmpty()) {
        messages.add(MessageLevel::Warning,
                     {tr("Nothing was added."), tr("There are no videos in what was dropped.")});
        return;
    }
    if (files.passedOver > 0)
        messages.add(MessageLevel::Info,
                     {tr("%n file(s) were passed over.", nullptr, files.passedOver),
                      tr("They are no videos, sounds or pictures by their names.")});
    int row = -1;
    if (!place.beforeItem.isEmpty()) {
        row = place.row; // also for another channel than the one shown by now
        if (place.channel == m_station.selectedName()) {
            const int now = m_station.playlist().rowOf(place.beforeItem);
            row = now >= 0 ? now : std::min(place.row, m_station.playlist().rowCount());
        }
    }
    m_station.addFiles(place.channel, files.paths, row);
}

void PlaylistPanel::showDay()
{
    showHeading();
    m_view->viewport()->update();
}

void PlaylistPanel::showHeading()
{
    const PlaylistModel &model = m_station.playlist();
    QStringList parts{tr("Playlist")};
    if (!m_station.selectedName().isEmpty())
        parts << m_station.selectedName();
    if (model.rowCount() > 0) {
        parts << tr("%n item(s)", nullptr, model.rowCount());
        if (model.totalDurationMs() > 0) // not while none has been looked into
            parts << Wording::duration(model.totalDurationMs());
        const ChannelState *channel = m_station.selected();
        if (channel && channel->isLoop)
            parts << tr("loops", "the list begins again after its last item");
        else if (model.endsAtMs() >= 0)
            parts << tr("ends %1", "%1: time of day").arg(Wording::dayAndTime(model.endsAtMs()));
    }
    m_heading->setText(parts.join(u" · "_s));
}

} // namespace continuo
