// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/mediafiles.h"

#include <QObject>

#include <memory>

namespace continuo {

/// Where dropped files are to stand. The row is kept as the item that stood there, since others may
/// edit the list while folders are read.
struct DropPlace {
    QString channel;
    QString beforeItem; ///< empty: at the end
    int row = -1; ///< the row when it was dropped, for when that item has gone; -1: at the end
};

/// Opens dropped folders on threads of their own. Lives on the GUI thread.
class MediaFinder final : public QObject {
    Q_OBJECT
public:
    explicit MediaFinder(QObject *parent = nullptr);
    ~MediaFinder() override;

    void find(const QList<QUrl> &urls, const DropPlace &place);

Q_SIGNALS:
    void found(const continuo::MediaFiles &files, const continuo::DropPlace &place);

private:
    struct Mailbox;
    std::shared_ptr<Mailbox> m_mailbox;
};

} // namespace continuo
