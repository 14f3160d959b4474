<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>continuo::MainWindow</name>
    <message numerus="yes">
        <source>%n channel(s) stay on air</source>
        <translation>
            <numerusform>%n channel stays on air</numerusform>
            <numerusform>%n channels stay on air</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>continuo::PipelinePanel</name>
    <message numerus="yes">
        <source>%n frame(s) ahead</source>
        <translation>
            <numerusform>%n frame ahead</numerusform>
            <numerusform>%n frames ahead</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n frame(s) behind</source>
        <translation>
            <numerusform>%n frame behind</numerusform>
            <numerusform>%n frames behind</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n destination(s)</source>
        <translation>
            <numerusform>%n destination</numerusform>
            <numerusform>%n destinations</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>continuo::PlaylistPanel</name>
    <message numerus="yes">
        <source>Only the first %n file(s) were added.</source>
        <translation>
            <numerusform>Only the first %n file was added.</numerusform>
            <numerusform>Only the first %n files were added.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) were passed over.</source>
        <translation>
            <numerusform>%n file was passed over.</numerusform>
            <numerusform>%n files were passed over.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n item(s)</source>
        <translation>
            <numerusform>%n item</numerusform>
            <numerusform>%n items</numerusform>
        </translation>
    </message>
</context>
</TS>
