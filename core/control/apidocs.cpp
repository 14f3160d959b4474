// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/methods.h"

#include <QTextStream>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

const auto kPreface = uR"(# The control interface

<!-- Made by `continuoctl api-docs` from core/control/methods.cpp. Do not edit: a test compares. -->

Clients talk to the engine in JSON-RPC 2.0 over the local socket `control` in the station's runtime
folder: one JSON object a line, UTF-8, at most 1 MiB a request. The server speaks first, with a
notification `hello` whose `params` are `protocol` (%1), `program`, `version` and `pid`. Parameters
are named, never positional; an unknown one is refused. Batches are refused (-32600). Answers may
come in another order than the requests. Objects (status, item, destination, problem) are described
in [protocols.md](protocols.md).

Try it by hand:

```sh
printf '%s\n' '{"jsonrpc":"2.0","id":1,"method":"channel.list"}' \
    | socat -t 2 - UNIX-CONNECT:$XDG_RUNTIME_DIR/continuo/control
```

## Errors

| code | meaning |
|---|---|
| -32700 | the line is not JSON, or it is too long (then the connection ends) |
| -32600 | not a request: a batch, or `jsonrpc`, `method` or `id` is not what it must be |
| -32601 | there is no such method |
| -32602 | a parameter is unknown, missing, of the wrong type or out of its range |
| -32000 | the station refused or failed; `data` is `{"code","detail","native"?}`, code one of: %2 |

## Slow readers

A connection that leaves more than 4 MiB unread gets of `event.status`, `event.playlist` and
`event.preview` only the latest of each channel once it reads again; at more than 16 MiB it is ended.

)"_s;

QString cell(QLatin1StringView text)
{
    return QString(text).replace(u'|', u"\\|"_s);
}

} // namespace

QString apiMarkdown()
{
    QStringList codes;
    for (int code = 0; code <= int(ErrorCode::Internal); ++code)
        codes.append(u'`' + errorCodeName(ErrorCode(code)) + u'`');
    QString text;
    QTextStream out(&text);
    out << QString(kPreface)
               .replace(u"%1"_s, QString::number(kControlProtocol))
               .replace(u"%2"_s, codes.join(u", "_s));
    out << "## Methods\n";
    for (const MethodSpec &method : methodTable()) {
        out << "\n### " << method.name << "\n\n" << method.doc << "\n\n";
        if (!method.params.empty()) {
            out << "| parameter | type | | |\n|---|---|---|---|\n";
            for (const ParamSpec &param : method.params) {
                out << "| `" << param.name << "` | " << paramTypeText(param) << " | "
                    << (param.isRequired ? "required" : "") << " | " << cell(param.doc) << " |\n";
            }
            out << '\n';
        }
        out << "Result: " << method.result << ".\n";
    }
    out << "\n## Events\n\nNotifications, sent after `events.subscribe`.\n\n"
        << "| event | |\n|---|---|\n";
    for (const EventSpec &event : eventTable())
        out << "| `" << event.name << "` | " << cell(event.doc) << " |\n";
    return text;
}

} // namespace continuo
