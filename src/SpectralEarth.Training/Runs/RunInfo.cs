using System.Runtime.InteropServices;
using SpectralEarth.Models;
using SpectralEarth.Recipes;
using SpectralEarth.Storage;

namespace SpectralEarth.Training.Runs;

/// <summary>Where a run was asked for.</summary>
/// <param name="ProgramVersion">Version of the program.</param>
/// <param name="CommandLine">Command as the user gave it.</param>
/// <param name="RecipeName">File name of the recipe.</param>
public sealed record RunOrigin(string ProgramVersion, string CommandLine, string RecipeName);

/// <summary>Contents of run.yaml: what a run was made from, and each time it was started.</summary>
public sealed record RunInfo
{
    /// <summary>Format name, always "spectralearth-run".</summary>
    public string Format { get; init; } = "spectralearth-run";
    /// <summary>Format version.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>Kind of run, for example "pretrain".</summary>
    public required string Kind { get; init; }
    /// <summary>Data set folder as given at the first start.</summary>
    public required string DataPath { get; init; }
    /// <summary>Fingerprint of the data set.</summary>
    public required string DataFingerprint { get; init; }
    /// <summary>Seed of everything random.</summary>
    public required long Seed { get; init; }
    /// <summary>XXH3 of the weights that a pretraining began with; null for random ones.</summary>
    public string? InitialWeights { get; init; }
    /// <summary>XXH3 of the split file that the recipe names; null if it names none.</summary>
    public string? SplitChecksum { get; init; }
    /// <summary>Where images show the ground of the labels; null if they lie on each other or it was not looked for.</summary>
    public PixelOffset? LabelOffset { get; init; }
    /// <summary>Starts and resumes, oldest first.</summary>
    public IReadOnlyList<RunStart> Starts { get; init; } = [];

    /// <summary>Writes run.yaml with one more start; a run that was finished before is not started again.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public void WriteWithStart(string path, RunOrigin origin, long step, bool wasFinished = false, int ranks = 1)
    {
        if (wasFinished && Starts.Count > 0)
            return;
        var start = new RunStart
        {
            Time = DateTime.UtcNow,
            Step = step,
            Ranks = ranks,
            ProgramVersion = origin.ProgramVersion,
            CommandLine = origin.CommandLine,
            Recipe = origin.RecipeName,
            Machine = $"{Environment.MachineName}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}",
        };
        AtomicFile.WriteText(path, RecipeFile.ToYaml(this with { Starts = [.. Starts, start] }));
    }
}

/// <summary>One start of a run.</summary>
public sealed record RunStart
{
    /// <summary>When, UTC.</summary>
    public required DateTime Time { get; init; }
    /// <summary>Steps already done.</summary>
    public required long Step { get; init; }
    /// <summary>Processes that trained together.</summary>
    public int Ranks { get; init; } = 1;
    /// <summary>Version of the program.</summary>
    public required string ProgramVersion { get; init; }
    /// <summary>Command as the user gave it.</summary>
    public required string CommandLine { get; init; }
    /// <summary>File name of the recipe.</summary>
    public required string Recipe { get; init; }
    /// <summary>Name, cores, operating system and runtime of the machine.</summary>
    public required string Machine { get; init; }
}
