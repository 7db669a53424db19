using SpectralEarth.Spectra;

namespace SpectralEarth.Shards;

/// <summary>Contents of dataset.yaml: what every patch of a data set has in common.</summary>
public sealed record DatasetManifest
{
    /// <summary>Format name, always "spectralearth-dataset".</summary>
    public string Format { get; init; } = "spectralearth-dataset";
    /// <summary>Format version; a reader refuses others.</summary>
    public int FormatVersion { get; init; } = 1;
    /// <summary>Sensor name, for example "EnMAP".</summary>
    public required string Sensor { get; init; }
    /// <summary>1-based numbers of the bands kept, in channel order.</summary>
    public required IReadOnlyList<int> Bands { get; init; }
    /// <summary>Centre wavelengths of the first scene, nm, in channel order.</summary>
    public required IReadOnlyList<double> WavelengthsNm { get; init; }
    /// <summary>Side of a patch, pixels.</summary>
    public required int PatchSize { get; init; }
    /// <summary>Distance of neighbouring locations, pixels.</summary>
    public required int Stride { get; init; }
    /// <summary>Side of a pixel, m.</summary>
    public required double PixelSizeM { get; init; }
    /// <summary>Reflectance = digital number x Scale.</summary>
    public required double Scale { get; init; }
    /// <summary>Digital number of pixels without data.</summary>
    public required short NoData { get; init; }
    /// <summary>Number of patches.</summary>
    public required int Patches { get; init; }
    /// <summary>Codec of the pixels in the shards.</summary>
    public required string Codec { get; init; }
    /// <summary>Label classes in ascending order of code; empty without labels.</summary>
    public IReadOnlyList<LabelClass> Classes { get; init; } = [];
    /// <summary>True if a pixel of code 0 has none of the classes (a multi-label task was imported); false if it may just be unlabelled.</summary>
    public bool LabelsComplete { get; init; }
    /// <summary>Names of the numbers that every patch has for a regression (columns <c>target_NAME</c> of the catalog); empty without.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];
    /// <summary>Statistics of the valid pixels per channel, digital numbers.</summary>
    public required IReadOnlyList<ChannelStatistics> Statistics { get; init; }
    /// <summary>Checksum over all patches in catalog order: two data sets with equal fingerprints hold the same patches.</summary>
    public required string Fingerprint { get; init; }
}
