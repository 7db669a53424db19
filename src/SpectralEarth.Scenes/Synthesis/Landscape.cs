namespace SpectralEarth.Scenes.Synthesis;

/// <summary>Land cover; the values are the codes of the label raster.</summary>
internal enum Cover : byte
{
    Unlabelled = 0,
    Roof = 1,
    Pavement = 2,
    LowVegetation = 3,
    Tree = 4,
    Soil = 5,
    Water = 6,
}

/// <summary>What stands at a point of the ground in every season.</summary>
/// <param name="Cover">Land cover.</param>
/// <param name="Kind">Variety of the object (crop, roof material), the same all over it, in [0, 1).</param>
/// <param name="Texture">Variation inside the object, in [0, 1).</param>
internal readonly record struct Ground(Cover Cover, float Kind, float Texture);

/// <summary>
/// An invented landscape: a river, lakes, forests, settlements with streets, roofs and gardens, and parcels of crops,
/// grass and bare soil. A pure function of the position, in pixels, so that rows can be made in any order.
/// </summary>
internal sealed class Landscape(long seed, int scene)
{
    private const float RiverSpacing = 380;
    private const float SettlementSpacing = 95;

    private readonly ValueNoise shape = new(seed, "landscape shape", scene);
    private readonly ValueNoise texture = new(seed, "landscape texture", scene);
    private readonly ValueNoise hills = new(seed, "landscape hills", scene);
    private readonly ValueNoise labelled = new(seed, "landscape labelled", scene);
    private readonly ScatteredCells parcels = new(seed, "parcels", scene);
    private readonly ScatteredCells settlements = new(seed, "settlements", scene);

    /// <summary>The ground at a point.</summary>
    internal Ground At(float x, float y)
    {
        var detail = texture.Fractal(x / 3, y / 3, 3);
        if (WaterAt(x, y) is { } water)
            return water with { Texture = detail };
        if (RoadAt(x, y))
            return new Ground(Cover.Pavement, 0.2f, detail);
        if (SettlementAt(x, y) is { } built)
            return built with { Texture = detail };
        var wood = shape.Fractal((x / 46) + 60, y / 46, 4);
        return wood > 0.58f
            ? new Ground(detail > 0.27f ? Cover.Tree : Cover.LowVegetation, shape.At(x / 25, (y / 25) + 90), detail)
            : ParcelAt(x, y, detail);
    }

    /// <summary>Height of the terrain, 0 to 1.</summary>
    internal float HeightAt(float x, float y) => hills.Fractal(x / 70, y / 70, 4);

    /// <summary>True where somebody mapped the land cover.</summary>
    internal bool IsLabelled(float x, float y) => labelled.Fractal(x / 28, y / 28, 2) > 0.36f;

    private Ground? WaterAt(float x, float y)
    {
        var (along, across) = ((0.91f * x) + (0.41f * y), (-0.41f * x) + (0.91f * y));
        var bend = (22 * MathF.Sin((along / 61) + (9 * shape.Cell(1, 1)))) + (8 * MathF.Sin((along / 19) + (9 * shape.Cell(2, 1))));
        var distance = MathF.Abs(MathF.IEEERemainder(across - bend - (60 * shape.Cell(3, 1)), RiverSpacing));
        if (distance < 3.2f + (2.5f * shape.At(x / 40, y / 40)))
            return new Ground(Cover.Water, 0.75f, 0);
        return shape.Fractal((x / 38) + 20, (y / 38) + 20, 3) > 0.70f ? new Ground(Cover.Water, 0.2f, 0) : null;
    }

    private bool RoadAt(float x, float y)
    {
        var bend = 14 * MathF.Sin((x / 83) + (9 * shape.Cell(4, 1)));
        var distance = MathF.Abs(MathF.IEEERemainder(y - (0.35f * x) - bend - (90 * shape.Cell(5, 1)), 170));
        return distance < 0.75f;
    }

    private Ground? SettlementAt(float x, float y)
    {
        var region = settlements.At(x / SettlementSpacing, y / SettlementSpacing);
        var radius = (0.20f + (0.16f * region.Kind)) * (0.8f + (0.4f * shape.Fractal(x / 12, y / 12, 2)));
        if (region.Distance > radius)
            return null;
        var (sin, cos) = MathF.SinCos(6 * region.Kind);
        var (u, v) = ((cos * x) + (sin * y), (cos * y) - (sin * x));
        var (blockU, blockV) = (MathF.Floor(u / 11), MathF.Floor(v / 8));
        var (insideU, insideV) = (u - (11 * blockU), v - (8 * blockV));
        var block = texture.Cell((int)blockU, (int)blockV);
        if (insideU < 1.3f || insideV < 1.2f)
            return new Ground(Cover.Pavement, block, 0);
        return block < 0.3f ? Works(insideU, insideV, block) : Houses(insideU - 1.3f, insideV - 1.2f, (int)blockU * 4, (int)blockV * 3);
    }

    /// <summary>A block with one large building and yards.</summary>
    private static Ground Works(float u, float v, float block)
    {
        if (u is > 3 and < 9 && v is > 2.6f and < 6.4f)
            return new Ground(Cover.Roof, 0.6f + block, 0);
        return new Ground(block < 0.08f ? Cover.Soil : Cover.Pavement, 0.7f, 0);
    }

    /// <summary>A block of houses in gardens.</summary>
    private Ground Houses(float u, float v, int column, int row)
    {
        var (plotU, plotV) = ((int)(u / 2.43f), (int)(v / 2.27f));
        var plot = shape.Cell(column + plotU, row + plotV);
        var (insideU, insideV) = (u - (2.43f * plotU), v - (2.27f * plotV));
        if (plot < 0.62f && insideU < 1.9f && insideV < 1.8f)
            return new Ground(Cover.Roof, plot, 0);
        return new Ground(plot > 0.82f ? Cover.Tree : Cover.LowVegetation, 0.1f, 0);
    }

    private Ground ParcelAt(float x, float y, float detail)
    {
        var region = parcels.At(((0.94f * x) + (0.34f * y)) / 15, ((0.94f * y) - (0.34f * x)) / 9);
        if (region.EdgeDistance < 0.05f)
            return new Ground(region.Kind < 0.35f ? Cover.Tree : Cover.LowVegetation, 0.1f, detail);
        return region.Kind < 0.17f
            ? new Ground(Cover.Soil, region.Kind / 0.17f, detail)
            : new Ground(Cover.LowVegetation, (region.Kind - 0.17f) / 0.83f, detail);
    }
}
