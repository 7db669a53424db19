namespace SpectralEarth.Cli;

/// <summary>What the program tells its caller.</summary>
internal enum ExitCode
{
    /// <summary>All was done.</summary>
    Done = 0,
    /// <summary>The job failed; the message says why.</summary>
    Failed = 1,
    /// <summary>The command line cannot be understood.</summary>
    BadUsage = 2,
    /// <summary>The job was done, but some inputs were rejected; they are listed.</summary>
    DoneWithRejects = 3,
    /// <summary>Stopped by Ctrl-C or SIGTERM after saving what was done (128 + SIGINT, as shells expect).</summary>
    Stopped = 130,
}
