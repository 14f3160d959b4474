// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <QByteArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QString>

#include <variant>

namespace continuo {

/// A line that a client may send is at most this long, without the line feed.
constexpr qsizetype kMaxRequestBytes = 1024 * 1024;
/// A line that a client accepts: a whole playlist of 100,000 items fits.
constexpr qsizetype kMaxReplyBytes = 64 * 1024 * 1024;

/// Codes of JSON-RPC 2.0, section 5.1.
enum RpcCode : int {
    kRpcParseError = -32700,
    kRpcInvalidRequest = -32600,
    kRpcNoMethod = -32601,
    kRpcInvalidParams = -32602,
    kRpcStationError = -32000, ///< the station's own: data holds an ErrorCode's name
};

/// A request that was understood. `id` is undefined for a notification (no answer wanted).
struct RpcRequest {
    QJsonValue id = QJsonValue::Undefined;
    QString method;
    QJsonObject params;
};

/// Why a line is no request, and the id to answer to (null when it could not be read).
struct RpcFault {
    int code = kRpcInvalidRequest;
    QString message;
    QJsonValue id;
};

/// Reads one line as a request; method and parameters are not checked against the table yet.
std::variant<RpcRequest, RpcFault> parseRequest(const QByteArray &line);

/// Each gives one line with its line feed.
QByteArray requestLine(qint64 id, const QString &method, const QJsonObject &params);
QByteArray notificationLine(const QString &method, const QJsonObject &params);
QByteArray resultLine(const QJsonValue &id, const QJsonObject &result);
QByteArray faultLine(const RpcFault &fault);
/// An Error as code -32000 (or \p code) with data.code, data.detail and data.native.
QByteArray errorLine(const QJsonValue &id, const Error &error, int code = kRpcStationError);

/// The Error of a JSON-RPC error object: data.code where there is one, else by the number.
Error errorFromRpc(const QJsonObject &object);

} // namespace continuo
