// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <utility>
#include <variant>

// The judge shares no code with what it judges, so it has a small result type of its own.
namespace framecode {

struct Failure {
    QString text;
};

/// A value, or the sentence that says why there is none.
template <typename T> class [[nodiscard]] Outcome {
public:
    Outcome(T value)
        : m_state(std::in_place_index<0>, std::move(value))
    {
    }
    Outcome(Failure failure)
        : m_state(std::in_place_index<1>, std::move(failure))
    {
    }

    explicit operator bool() const { return m_state.index() == 0; }
    T &value() { return std::get<0>(m_state); }
    const T &value() const { return std::get<0>(m_state); }
    const QString &error() const { return std::get<1>(m_state).text; }

private:
    std::variant<T, Failure> m_state;
};

struct Done { };

} // namespace framecode
