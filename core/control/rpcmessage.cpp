// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/rpcmessage.h"

#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QByteArray toLine(QJsonObject object)
{
    object.insert("jsonrpc"_L1, u"2.0"_s);
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace

std::variant<RpcRequest, RpcFault> parseRequest(const QByteArray &line)
{
    QJsonParseError parse{};
    const QJsonDocument document = QJsonDocument::fromJson(line, &parse);
    if (parse.error != QJsonParseError::NoError) {
        return RpcFault{kRpcParseError,
                        u"not JSON at byte %1: %2"_s.arg(parse.offset).arg(parse.errorString()),
                        QJsonValue::Null};
    }
    if (document.isArray()) {
        return RpcFault{kRpcInvalidRequest, u"batches are not supported: send one request a line"_s,
                        QJsonValue::Null};
    }
    const QJsonObject object = document.object();
    RpcRequest request;
    request.id = object.value("id"_L1);
    const bool isIdValid = request.id.isUndefined() || request.id.isNull() || request.id.isString()
        || request.id.isDouble();
    const auto fault = [&](int code, const QString &why) {
        const bool canName = isIdValid && !request.id.isUndefined();
        return RpcFault{code, why, canName ? request.id : QJsonValue(QJsonValue::Null)};
    };
    if (!isIdValid)
        return fault(kRpcInvalidRequest, u"'id' must be a text or a number"_s);
    if (object.value("jsonrpc"_L1) != u"2.0"_s)
        return fault(kRpcInvalidRequest, u"'jsonrpc' must be \"2.0\""_s);
    if (!object.value("method"_L1).isString())
        return fault(kRpcInvalidRequest, u"'method' must be a text"_s);
    request.method = object.value("method"_L1).toString();
    const QJsonValue params = object.value("params"_L1);
    if (!params.isUndefined() && !params.isObject())
        return fault(kRpcInvalidParams, u"'params' must be an object: parameters are named"_s);
    request.params = params.toObject();
    return request;
}

QByteArray requestLine(qint64 id, const QString &method, const QJsonObject &params)
{
    return toLine({{u"id"_s, id}, {u"method"_s, method}, {u"params"_s, params}});
}

QByteArray notificationLine(const QString &method, const QJsonObject &params)
{
    return toLine({{u"method"_s, method}, {u"params"_s, params}});
}

QByteArray resultLine(const QJsonValue &id, const QJsonObject &result)
{
    return toLine({{u"id"_s, id}, {u"result"_s, result}});
}

QByteArray faultLine(const RpcFault &fault)
{
    return toLine(
        {{u"id"_s, fault.id},
         {u"error"_s, QJsonObject{{u"code"_s, fault.code}, {u"message"_s, fault.message}}}});
}

QByteArray errorLine(const QJsonValue &id, const Error &error, int code)
{
    QJsonObject data{{u"code"_s, errorCodeName(error.code)}, {u"detail"_s, error.detail}};
    if (error.native)
        data.insert("native"_L1, error.native);
    return toLine(
        {{u"id"_s, id},
         {u"error"_s,
          QJsonObject{{u"code"_s, code}, {u"message"_s, error.detail}, {u"data"_s, data}}}});
}

Error errorFromRpc(const QJsonObject &object)
{
    const QJsonObject data = object.value("data"_L1).toObject();
    Error error;
    error.detail = data.value("detail"_L1).toString(object.value("message"_L1).toString());
    error.native = data.value("native"_L1).toInt();
    if (data.contains("code"_L1)) {
        error.code = errorCodeFromName(data.value("code"_L1).toString());
        return error;
    }
    switch (object.value("code"_L1).toInt()) {
    case kRpcNoMethod:
        error.code = ErrorCode::Unsupported;
        break;
    case kRpcInvalidParams:
    case kRpcInvalidRequest:
        error.code = ErrorCode::InvalidArgument;
        break;
    case kRpcParseError:
        error.code = ErrorCode::Corrupt;
        break;
    default:
        error.code = ErrorCode::Internal;
    }
    return error;
}

} // namespace continuo
