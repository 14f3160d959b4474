// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QLatin1StringView>
#include <QString>

#include <span>

namespace continuo {

/// The version of the conversation between clients and engine, as it stands in the greeting.
constexpr int kControlProtocol = 1;

/// What a parameter's JSON value must be.
enum class ParamType { Text, Integer, Number, Boolean, TextList, Object };

/// Up to 2^53 a double, and so a JSON number, holds every whole number.
constexpr qint64 kMostInteger = 9007199254740992;

/// One named parameter of a method.
struct ParamSpec {
    QLatin1StringView name;
    ParamType type = ParamType::Text;
    bool isRequired = true;
    QLatin1StringView doc; ///< a phrase: meaning, unit, default
    qint64 least = 0; ///< of an Integer
    qint64 most = kMostInteger; ///< of an Integer
};

/// One method that clients may call.
struct MethodSpec {
    QLatin1StringView name; ///< "playlist.add"
    QLatin1StringView doc; ///< one line
    std::span<const ParamSpec> params;
    QLatin1StringView result; ///< what the result object holds
};

/// One notification that the engine sends to subscribers.
struct EventSpec {
    QLatin1StringView name;
    QLatin1StringView doc;
};

/// Every method, grouped by what stands before the dot. Server dispatch, `continuoctl help` and
/// docs/api.md are made from this one table.
std::span<const MethodSpec> methodTable();
/// Every notification.
std::span<const EventSpec> eventTable();
/// The method of that name, or nullptr.
const MethodSpec *findMethod(QStringView name);
/// "text", "list of texts", "whole number from 0 to 36500"…
QString paramTypeText(const ParamSpec &param);

/// Checks names, presence, types and ranges of \p params. Values are never quoted in an error: one
/// of them may be a stream key. Errors: Unsupported (no such method), InvalidArgument (unknown,
/// missing, wrongly typed parameter, or one out of its range; named, with what it must be).
Result<void> validateParams(QStringView method, const QJsonObject &params);

/// docs/api.md, made from the tables.
QString apiMarkdown();

} // namespace continuo
