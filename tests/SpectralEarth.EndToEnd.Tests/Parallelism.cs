// Programs wait for files and start one after the other; two at a time fill the cores. Fixtures that kill, start ranks or share the console stay alone.
[assembly: LevelOfParallelism(2)]
