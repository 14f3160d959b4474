// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/waypointshelf.h"

#include <algorithm>
#include <utility>

namespace continuo {

bool WaypointShelf::has(const QString &path, const FileState &state) const
{
    const auto file = m_files.constFind(path);
    return file != m_files.constEnd() && file->state == state;
}

void WaypointShelf::put(const QString &path, const FileState &state, WaypointListPtr list)
{
    if (!m_files.contains(path) && m_files.size() >= kMostFiles)
        m_files.erase(std::min_element(
            m_files.begin(), m_files.end(),
            [](const File &one, const File &other) { return one.use < other.use; }));
    m_files.insert(path, {state, std::move(list), ++m_uses});
}

void WaypointShelf::withdraw(const QString &path, const FileState &state)
{
    const auto file = m_files.constFind(path);
    if (file != m_files.constEnd() && file->state == state && !file->list)
        m_files.erase(file);
}

WaypointListPtr WaypointShelf::find(const QString &path)
{
    const auto file = m_files.find(path);
    if (file == m_files.end())
        return nullptr;
    file->use = ++m_uses;
    return file->list;
}

} // namespace continuo
