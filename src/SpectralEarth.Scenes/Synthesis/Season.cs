namespace SpectralEarth.Scenes.Synthesis;

/// <summary>What a day of the year does to the ground: growth and ripening of crops, leaves of trees, snow.</summary>
internal sealed class Season(int dayOfYear)
{
    private readonly float leaves = ValueNoise.Step(103, 136, dayOfYear) * (1 - ValueNoise.Step(278, 312, dayOfYear));
    private readonly float snowLine = 0.42f + (0.5f * ValueNoise.Step(60, 92, dayOfYear));

    /// <summary>Adds <paramref name="weight"/> of the ground's materials.</summary>
    /// <param name="ground">What stands there.</param>
    /// <param name="height">Height of the terrain, 0 to 1.</param>
    /// <param name="weight">Share of the pixel.</param>
    /// <param name="fractions">Share per <see cref="Material"/>, added to.</param>
    internal void Add(in Ground ground, float height, float weight, Span<float> fractions)
    {
        var snow = ground.Cover is Cover.Water or Cover.Tree ? 0 : SnowAt(height, ground.Texture);
        fractions[(int)Material.Snow] += weight * snow;
        weight *= 1 - snow;
        switch (ground.Cover)
        {
            case Cover.Roof:
                var roof = ground.Kind < 0.36f ? Material.RoofTile : ground.Kind < 0.72f ? Material.RoofBitumen : Material.RoofMetal;
                Two(fractions, weight, roof, Material.Concrete, 0.06f + (0.20f * ground.Texture));
                break;
            case Cover.Pavement:
                Two(fractions, weight, Material.Asphalt, Material.Concrete, (0.6f * ground.Kind) + (0.3f * ground.Texture));
                break;
            case Cover.Soil:
                Two(fractions, 0.9f * weight, Material.DarkSoil, Material.BrightSoil, (0.7f * ground.Kind) + (0.3f * ground.Texture));
                fractions[(int)Material.DryVegetation] += 0.1f * weight;
                break;
            case Cover.Water:
                Two(fractions, weight, Material.ClearWater, Material.TurbidWater, (0.8f * ground.Kind) + (0.2f * ground.Texture));
                break;
            case Cover.Tree:
                Trees(ground, weight, fractions);
                break;
            default:
                Fields(ground, weight, fractions);
                break;
        }
    }

    /// <summary>Share of snow at a height.</summary>
    private float SnowAt(float height, float texture) =>
        dayOfYear < 92 ? ValueNoise.Step(snowLine, snowLine + 0.08f, height + (0.1f * (texture - 0.5f))) : 0;

    private void Trees(in Ground ground, float weight, Span<float> fractions)
    {
        var conifers = ground.Kind > 0.5f ? 0.85f : 0.1f;
        var gaps = 0.10f + (0.2f * ground.Texture);
        fractions[(int)Material.Conifer] += weight * (1 - gaps) * conifers;
        Two(fractions, weight * (1 - gaps) * (1 - conifers), Material.Wood, Material.Broadleaf, 0.1f + (0.9f * leaves));
        Two(fractions, weight * gaps, Material.DarkSoil, Material.Grass, 0.5f);
    }

    /// <summary>Grass, winter cereal, rape or maize; ground cover never falls below a half, which keeps the label true.</summary>
    private void Fields(in Ground ground, float weight, Span<float> fractions)
    {
        var (green, dry) = ground.Kind switch
        {
            < 0.30f => (0.45f + (0.40f * Bump(165, 100)), 0.15f),
            < 0.58f => (0.85f * Bump(132, 42), 0.75f * ValueNoise.Step(172, 198, dayOfYear)),
            < 0.72f => (0.90f * Bump(120, 48), 0.70f * ValueNoise.Step(165, 192, dayOfYear)),
            _ => (0.90f * ValueNoise.Step(145, 190, dayOfYear) * (1 - ValueNoise.Step(245, 275, dayOfYear)), 0.6f * ValueNoise.Step(248, 275, dayOfYear)),
        };
        var vigour = 0.75f + (0.5f * ground.Texture);
        (green, dry) = (Math.Min(0.95f, green * vigour), dry * vigour);
        var missing = Math.Max(0, 0.5f - green - dry);
        green += 0.4f * missing;
        dry = Math.Min(dry + (0.6f * missing), 1 - green);
        fractions[(int)(ground.Kind < 0.30f ? Material.Grass : Material.Crop)] += weight * green;
        fractions[(int)Material.DryVegetation] += weight * dry;
        Two(fractions, weight * (1 - green - dry), Material.DarkSoil, Material.BrightSoil, ground.Kind);
    }

    private float Bump(float day, float width) => MathF.Exp(-((dayOfYear - day) / width) * ((dayOfYear - day) / width));

    private static void Two(Span<float> fractions, float weight, Material first, Material second, float share)
    {
        share = Math.Clamp(share, 0, 1);
        fractions[(int)first] += weight * (1 - share);
        fractions[(int)second] += weight * share;
    }
}
