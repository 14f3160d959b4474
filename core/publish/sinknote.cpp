// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/publish/sinknote.h"

using namespace Qt::StringLiterals;

namespace continuo {

SinkNote::SinkNote(std::shared_ptr<StreamJournal> journal, QString id, QString target)
    : m_journal(std::move(journal))
    , m_id(std::move(id))
    , m_target(std::move(target))
{
}

QJsonObject SinkNote::value() const
{
    const QJsonObject note = m_journal ? m_journal->note(m_id) : QJsonObject();
    return note.value("target"_L1).toString() == m_target ? note : QJsonObject();
}

void SinkNote::set(QJsonObject note) const
{
    if (!m_journal)
        return;
    note.insert("target"_L1, m_target);
    m_journal->setNote(m_id, note);
}

void SinkNote::remove() const
{
    if (m_journal)
        m_journal->removeNote(m_id);
}

} // namespace continuo
