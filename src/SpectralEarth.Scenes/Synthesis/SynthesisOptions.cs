namespace SpectralEarth.Scenes.Synthesis;

/// <summary>What to invent.</summary>
public sealed record SynthesisOptions
{
    /// <summary>Folder that receives the scenes; made if absent.</summary>
    public required string OutputFolder { get; init; }

    /// <summary>Pieces of ground, 1 to 99.</summary>
    public int Scenes { get; init; } = 2;

    /// <summary>Acquisitions of each piece of ground, 1 to 24; seasons differ from each to the next.</summary>
    public int Dates { get; init; } = 2;

    /// <summary>Side of the square rasters, pixels, 32 to 4096; real products have about 1200.</summary>
    public int SizePx { get; init; } = 256;

    /// <summary>Seed: the same seed gives the same files, byte for byte.</summary>
    public long Seed { get; init; }

    /// <summary>False: the swath covers the whole raster, without no-data around it. No product is so; it is for measuring.</summary>
    public bool HasMargin { get; init; } = true;

    /// <summary>Arrangement of SPECTRAL_IMAGE.TIF; uncompressed pixel-interleaved strips by default, as EnMAP was first delivered.</summary>
    public TiffEncoding ImageEncoding { get; init; } = new() { RowsPerStrip = 4 };

    /// <summary>Returns these options if they can be invented.</summary>
    /// <exception cref="ArgumentException">A value lies outside its range.</exception>
    public SynthesisOptions Validated()
    {
        CheckRange(Scenes, 1, 99, "The number of scenes");
        CheckRange(Dates, 1, Acquisition.MaximumDates, "The number of dates");
        CheckRange(SizePx, 32, 4096, "The side of a scene in pixels");
        return this;
    }

    private static void CheckRange(int value, int minimum, int maximum, string subject)
    {
        if (value < minimum || value > maximum)
            throw new ArgumentException($"{subject} must lie from {minimum} to {maximum}, but is {value}.");
    }
}
