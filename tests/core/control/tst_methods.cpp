// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/control/methods.h"
#include "tests/core/control/subjects.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>
#include <QTest>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

class TestMethods final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void table_isComplete()
    {
        QSet<QString> names;
        for (const MethodSpec &method : methodTable()) {
            QVERIFY2(!names.contains(method.name), method.name.data());
            names.insert(method.name);
            QVERIFY2(method.doc.endsWith(u'.'), method.name.data());
            QVERIFY2(!method.result.isEmpty(), method.name.data());
            QSet<QString> params;
            for (const ParamSpec &param : method.params) {
                QVERIFY2(!params.contains(param.name), method.name.data());
                params.insert(param.name);
                QVERIFY2(!param.doc.isEmpty(), method.name.data());
            }
        }
        QCOMPARE(findMethod(u"playlist.add")->name, "playlist.add"_L1);
        QVERIFY(!findMethod(u"playlist"));
    }

    void validate_data()
    {
        QTest::addColumn<QString>("method");
        QTest::addColumn<QByteArray>("params");
        QTest::addColumn<QString>("detail"); // empty: valid
        const auto row
            = [](const char *name, const char *method, const char *params, const char *detail) {
                  QTest::newRow(name) << QString::fromLatin1(method) << QByteArray(params)
                                      << QString::fromLatin1(detail);
              };
        row("none wanted", "channel.list", "{}", "");
        row("required only", "channel.start", R"({"channel":"a"})", "");
        row("list", "playlist.add", R"({"channel":"a","files":["/x","/y"],"at":0})", "");
        row("empty list", "playlist.add", R"({"channel":"a","files":[]})", "");
        row("expect on an edit", "playlist.clear", R"({"channel":"a","expect":12})", "");
        row("no such method", "channel.fly", "{}", "there is no method 'channel.fly'");
        row("missing", "channel.start", "{}", "channel.start: 'channel' is missing");
        row("two missing", "playlist.move", R"({"channel":"a"})",
            "playlist.move: 'items', 'to' are missing");
        row("unknown", "channel.start", R"({"channel":"a","now":true})",
            "channel.start: there is no parameter 'now'");
        row("text wanted", "channel.start", R"({"channel":1})",
            "channel.start: 'channel' must be a text");
        row("fraction", "playlist.add", R"({"channel":"a","files":[],"at":1.5})",
            "playlist.add: 'at' must be a whole number from 0 to 50000");
        row("beyond a double", "playlist.add", R"({"channel":"a","files":[],"at":1e300})",
            "playlist.add: 'at' must be a whole number from 0 to 50000");
        row("negative", "playlist.add", R"({"channel":"a","files":[],"at":-1})",
            "playlist.add: 'at' must be a whole number from 0 to 50000");
        row("beyond an int", "destination.add",
            R"({"channel":"a","target":"hls:/x","listSize":4294967296})",
            "destination.add: 'listSize' must be a whole number from 0 to 100000");
        row("beyond the clock", "asrun.list", R"({"channel":"a","fromMs":1e18})",
            "asrun.list: 'fromMs' must be a whole number from 0 to 253402300799999");
        row("number as text", "channel.create", R"({"name":"a","width":"640"})",
            "channel.create: 'width' must be a whole number from 16 to 8192");
        row("the most", "asrun.keep", R"({"days":36500})", "");
        row("below the least", "asrun.list", R"({"channel":"a","limit":0})",
            "asrun.list: 'limit' must be a whole number from 1 to 5000");
        row("mixed list", "playlist.add", R"({"channel":"a","files":["/x",7]})",
            "playlist.add: 'files' must be a list of texts");
        row("text for a list", "playlist.add", R"({"channel":"a","files":"/x"})",
            "playlist.add: 'files' must be a list of texts");
        row("text for a boolean", "channel.set", R"({"name":"a","loop":"on"})",
            "channel.set: 'loop' must be a true or false");
        row("null", "channel.start", R"({"channel":null})",
            "channel.start: 'channel' must be a text");
        row("value is never quoted", "destination.add",
            R"({"channel":"a","target":"rtmp://h/a","key":{"s3cret":1}})",
            "destination.add: 'key' must be a text");
    }
    void validate()
    {
        QFETCH(QString, method);
        QFETCH(QByteArray, params);
        QFETCH(QString, detail);
        const QJsonDocument document = QJsonDocument::fromJson(params);
        QVERIFY(document.isObject());
        const Result<void> valid = validateParams(method, document.object());
        QCOMPARE(valid ? QString() : valid.error().detail, detail);
    }

    void markdown_namesEverything()
    {
        const QString text = apiMarkdown();
        for (const MethodSpec &method : methodTable()) {
            QVERIFY(text.contains(u"### "_s + method.name));
            for (const ParamSpec &param : method.params)
                QVERIFY(text.contains(u"| `"_s + param.name + u"` |"_s));
        }
        for (const EventSpec &event : eventTable())
            QVERIFY(text.contains(event.name));
        QVERIFY(!text.contains(u"%1"_s) && !text.contains(u"%2"_s));
    }
};

} // namespace

std::unique_ptr<QObject> makeMethodsTest()
{
    return std::make_unique<TestMethods>();
}

#include "tst_methods.moc"
