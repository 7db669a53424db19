namespace SpectralEarth.Scenes.Synthesis;

/// <summary>End-members of the invented spectra.</summary>
internal enum Material
{
    Crop,
    Grass,
    Broadleaf,
    Conifer,
    DryVegetation,
    Wood,
    DarkSoil,
    BrightSoil,
    RoofTile,
    RoofBitumen,
    RoofMetal,
    Asphalt,
    Concrete,
    ClearWater,
    TurbidWater,
    Snow,
    Cloud,
}
