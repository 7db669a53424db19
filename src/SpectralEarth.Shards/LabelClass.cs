namespace SpectralEarth.Shards;

/// <summary>A class of a label raster.</summary>
public sealed record LabelClass
{
    /// <summary>Code in the raster, 1 to 255; 0 means unlabelled.</summary>
    public required int Code { get; init; }
    /// <summary>Name shown to people.</summary>
    public required string Name { get; init; }
    /// <summary>Colour in maps, "#rrggbb".</summary>
    public required string Color { get; init; }
}
