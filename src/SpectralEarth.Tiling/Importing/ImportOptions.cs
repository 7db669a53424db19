using SpectralEarth.Shards;
using SpectralEarth.Shards.Codecs;

namespace SpectralEarth.Tiling.Importing;

/// <summary>What to import and how.</summary>
public sealed record ImportOptions
{
    /// <summary>How the files lie.</summary>
    public required PatchLayout Layout { get; init; }
    /// <summary>Root folder of the published data.</summary>
    public required string Folder { get; init; }
    /// <summary>Folder of the data set.</summary>
    public required string Output { get; init; }
    /// <summary>Sensor of the images, a folder of datasets/ or the path of one; that of the task for <see cref="PatchLayout.Downstream"/>.</summary>
    public string Sensor { get; init; } = "enmap";
    /// <summary>Task of <see cref="PatchLayout.Downstream"/>: a folder of datasets/ or the path of one.</summary>
    public string? Task { get; init; }
    /// <summary>Folder of the lists train, val and test (.txt or .csv); null to import without a split.</summary>
    public string? Splits { get; init; }
    /// <summary>Side of a patch, pixels; null for the task's, or 128.</summary>
    public int? PatchSize { get; init; }
    /// <summary>Codec of the pixels.</summary>
    public string Codec { get; init; } = PatchCodecs.Default;
    /// <summary>Patches of a full shard.</summary>
    internal int PatchesPerShard { get; init; } = DatasetParts.UsualPatchesPerShard;
    /// <summary>Threads; 0 for one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Returns these options if they can be carried out.</summary>
    /// <exception cref="ArgumentException">Lists all broken rules.</exception>
    public ImportOptions Validated()
    {
        List<string> broken = [];
        if ((Layout == PatchLayout.Downstream) != (Task is not null))
            broken.Add("The layout 'downstream' needs a task (--task, for example enmap-cdl), the others have none.");
        if (PatchSize is < 8 or > 1024)
            broken.Add($"The patch size must lie in 8 to 1024 but is {PatchSize}.");
        if (Threads < 0)
            broken.Add($"The number of threads must be 0 or more but is {Threads}.");
        if (!PatchCodecs.Names.Contains(Codec))
            broken.Add($"The codec must be one of {string.Join(", ", PatchCodecs.Names)} but is '{Codec}'.");
        return broken.Count == 0 ? this : throw new ArgumentException(string.Join(" ", broken));
    }
}
