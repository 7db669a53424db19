namespace SpectralEarth.Scenes.Synthesis;

/// <summary>
/// Reflectance of end-members by formula, with the features that spectral libraries show: chlorophyll and the red edge,
/// leaf water at 970, 1190, 1450 and 1940 nm, cellulose at 2100 nm, iron oxide below 900 nm, clay at 2200 nm, carbonate at
/// 2340 nm, water's fall towards the near infrared, and the dark short-wave infrared of snow and ice.
/// </summary>
internal static class EndMembers
{
    /// <summary>Number of materials.</summary>
    internal static int Count { get; } = Enum.GetValues<Material>().Length;

    /// <summary>Reflectance, 0 to 1, of every material at the given wavelengths (nm): [material][band].</summary>
    internal static float[][] At(IReadOnlyList<double> wavelengths) =>
        [.. Enum.GetValues<Material>().Select(material => wavelengths.Select(nm => (float)Reflectance(material, nm)).ToArray())];

    private static double Reflectance(Material material, double nm) => material switch
    {
        Material.Crop => Leaf(nm, nir: 0.48, edge: 716, water: 1.0, green: 0.075),
        Material.Grass => Leaf(nm, nir: 0.38, edge: 712, water: 0.75, green: 0.07),
        Material.Broadleaf => Leaf(nm, nir: 0.40, edge: 719, water: 1.15, green: 0.045),
        Material.Conifer => Leaf(nm, nir: 0.24, edge: 721, water: 1.5, green: 0.025),
        Material.DryVegetation => Straw(nm, strength: 0.42),
        Material.Wood => Straw(nm, strength: 0.24),
        Material.DarkSoil => Soil(nm, strength: 0.22, iron: 0.5, clay: 0.06),
        Material.BrightSoil => Soil(nm, strength: 0.42, iron: 1.0, clay: 0.10),
        Material.RoofTile => 0.06 + (0.26 * Edge(nm, 590, 28)) - Dip(nm, 870, 70, 0.05) - Dip(nm, 480, 60, 0.01) + (0.06 * Edge(nm, 1300, 300)),
        Material.RoofBitumen => 0.09 + (0.03 * Edge(nm, 1200, 500)) - Dip(nm, 2310, 30, 0.012),
        Material.RoofMetal => 0.36 + (0.08 * Edge(nm, 900, 400)) - Dip(nm, 830, 90, 0.05),
        Material.Asphalt => 0.08 + (0.06 * Edge(nm, 700, 220)) + (0.03 * Edge(nm, 1500, 300)) - Dip(nm, 2310, 35, 0.015),
        Material.Concrete => 0.18 + (0.16 * Edge(nm, 560, 120)) - Dip(nm, 2340, 30, 0.05) - Dip(nm, 1940, 60, 0.05),
        Material.ClearWater => (0.045 * Math.Exp(-Square((nm - 480) / 90))) + 0.003,
        Material.TurbidWater => (0.085 * Math.Exp(-Square((nm - 575) / 85))) + (0.02 * Math.Exp(-Square((nm - 705) / 18))) + 0.004,
        Material.Snow => 0.90 * (1 - Edge(nm, 1130, 110)) + 0.05 - Dip(nm, 1030, 40, 0.15),
        Material.Cloud => 0.70 - (0.22 * Edge(nm, 1400, 120)) - Dip(nm, 1500, 60, 0.12) - Dip(nm, 2000, 70, 0.18),
        _ => throw new ArgumentOutOfRangeException(nameof(material), material, "There is no such end-member."),
    };

    private static double Leaf(double nm, double nir, double edge, double water, double green)
    {
        var visible = 0.025 + (green * Math.Exp(-Square((nm - 553) / 34)));
        var plateau = nir * Edge(nm, edge, 11) * (1 - (0.10 * Edge(nm, 1150, 60)));
        var absorbed = Math.Exp(-water * (Dip(nm, 970, 28, 0.08) + Dip(nm, 1190, 40, 0.16) + Dip(nm, 1450, 75, 1.1) + Dip(nm, 1940, 110, 1.7) +
            (0.55 * Edge(nm, 1380, 60)) + (0.55 * Edge(nm, 1850, 60)) + Dip(nm, 2500, 180, 0.7)));
        return visible * (1 - Edge(nm, edge + 15, 15)) + (plateau * absorbed);
    }

    private static double Straw(double nm, double strength) =>
        strength * (0.18 + (0.82 * Edge(nm, 690, 130))) * (1 - (0.3 * Edge(nm, 1850, 90))) -
        Dip(nm, 1450, 60, 0.12 * strength) - Dip(nm, 1940, 70, 0.2 * strength) - Dip(nm, 2100, 45, 0.2 * strength) - Dip(nm, 2300, 40, 0.18 * strength);

    private static double Soil(double nm, double strength, double iron, double clay) =>
        strength * (0.15 + (0.55 * Edge(nm, 620, 110)) + (0.30 * Edge(nm, 1250, 260))) - Dip(nm, 890, 80, 0.03 * iron) -
        Dip(nm, 1415, 30, 0.04 * strength) - Dip(nm, 1910, 50, 0.12 * strength) - Dip(nm, 2205, 22, clay * strength * 2);

    private static double Edge(double nm, double at, double width) => 1 / (1 + Math.Exp((at - nm) / width));

    private static double Dip(double nm, double at, double width, double depth) => depth * Math.Exp(-Square((nm - at) / width));

    private static double Square(double value) => value * value;
}
